CREATE TABLE alerts (
    label TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    count BIGINT NOT NULL,
    median DOUBLE PRECISION NOT NULL CHECK (median <> 'NaN'),
    mad DOUBLE PRECISION NOT NULL CHECK (mad <> 'NaN'),
    score DOUBLE PRECISION NOT NULL CHECK (score <> 'NaN'),
    at BIGINT NOT NULL,
    PRIMARY KEY (day, label)
);

CREATE TABLE alerts_sent (
    label TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    receiver TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (day, label, receiver)
);
