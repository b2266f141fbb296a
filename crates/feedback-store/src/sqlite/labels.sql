ALTER TABLE predictions ADD COLUMN labels TEXT;
ALTER TABLE predictions ADD COLUMN corrected_labels TEXT;
ALTER TABLE corrections ADD COLUMN previous_labels TEXT;
ALTER TABLE corrections ADD COLUMN labels TEXT;
