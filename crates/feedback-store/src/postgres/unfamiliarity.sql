ALTER TABLE predictions ADD COLUMN unfamiliarity DOUBLE PRECISION;
CREATE INDEX predictions_unfamiliarity ON predictions (unfamiliarity) WHERE unfamiliarity IS NOT NULL;
