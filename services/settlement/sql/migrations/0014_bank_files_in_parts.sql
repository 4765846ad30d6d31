-- A bank's file is read in parts: kept as it is, a part is found without unpacking the whole.
ALTER TABLE bank_file ALTER COLUMN content SET STORAGE EXTERNAL;
