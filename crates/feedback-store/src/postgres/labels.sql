ALTER TABLE predictions ADD COLUMN labels TEXT COLLATE "C";
ALTER TABLE predictions ADD COLUMN corrected_labels TEXT COLLATE "C";
ALTER TABLE corrections ADD COLUMN previous_labels TEXT COLLATE "C";
ALTER TABLE corrections ADD COLUMN labels TEXT COLLATE "C";
