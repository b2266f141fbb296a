CREATE TABLE deliveries (
    key TEXT COLLATE "C" PRIMARY KEY,
    digest TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX deliveries_at ON deliveries (at);
