"""Files that banks take and give: 全銀 fixed-length records, character by character."""
