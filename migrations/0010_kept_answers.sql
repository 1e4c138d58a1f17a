-- Answers are kept as long as their idempotency keys, which is shorter than arguments are.

CREATE INDEX calls_answers ON calls (finished_at) WHERE result IS NOT NULL;
