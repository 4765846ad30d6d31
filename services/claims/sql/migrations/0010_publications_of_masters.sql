-- Equal content may be published on several days, and under a name that says ALL or not: each is kept.

ALTER TABLE master_file DROP CONSTRAINT master_file_pk;
ALTER TABLE master_file ADD CONSTRAINT master_file_pk PRIMARY KEY (sha256, published_on, full_file);

COMMENT ON COLUMN master_file.sha256 IS 'Of the CSV''s bytes: equal content is one file, known from the earliest of its days, full if one row says so.';
COMMENT ON COLUMN master_file.published_on IS 'Day of publication that the file''s name states; loaded_at is kept beside it.';
