-- What the reader made of a post beside each fact, so that a new fact costs no reading of the others.

ALTER TABLE fact_check ADD COLUMN readings MAP(TEXT, FLOAT[]);              -- by what it was read beside (reader.wording_key)
