ALTER TABLE predictions ADD COLUMN fields TEXT;
