ALTER TABLE predictions ADD COLUMN unfamiliarity REAL;
CREATE INDEX predictions_unfamiliarity ON predictions (unfamiliarity) WHERE unfamiliarity IS NOT NULL;
