-- second.sql - the figures of config/metrics.yaml computed a second time, by hand, from plain tables of audit events:
--   ev(seq, k, c, at, type, force, area, before, after, reason, clock, m)   in the order they were told; k: the audit kind
--   fa(id, seq, c, name, value)                                            their facts
-- It knows nothing of the catalogue's file nor of how the ledger measures. test_metrics.c compares the two cell by cell.

-- What a good time is, and to what a rate is compared.
CREATE TABLE definition(metric, within_ms, per);
INSERT INTO definition VALUES
  ('time_to_triage', 24 * 3600000, NULL), ('time_to_decision', 28 * 86400000, NULL), ('time_to_resubmit', 7 * 86400000, NULL),
  ('action_plan_round_trips', 14 * 86400000, NULL), ('action_plans_closed', 28 * 86400000, NULL),
  ('time_to_deliver', 5 * 60000, NULL), ('triage_rejections_by_reason', 0, 'triage_rejection_rate'),
  ('triage_false_accepts', 0, 'triage_agreement'), ('triage_false_rejects', 0, 'triage_agreement'),
  ('checklist_findings', 0, 'submissions');

-- Every event with what it tells itself, and with the newest that its case had told by then.
CREATE TABLE o AS
SELECT e.*,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'outcome') AS outcome,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'plan') AS plan,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'open_items') AS open_items,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'file_standard') AS file_standard,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'letter') AS letter,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'entitlement') AS entitlement,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'submission') AS submission,
  (SELECT value FROM fa WHERE seq = e.seq AND name = 'assurance') AS assurance,
  (SELECT value FROM fa WHERE c = e.c AND name = 'case_type' AND seq <= e.seq ORDER BY seq DESC LIMIT 1) AS case_type,
  (SELECT value FROM fa WHERE c = e.c AND name = 'review_type' AND seq <= e.seq ORDER BY seq DESC LIMIT 1) AS review_type,
  (SELECT value FROM fa WHERE c = e.c AND name = 'supervisor' AND seq <= e.seq ORDER BY seq DESC LIMIT 1) AS supervisor
FROM ev e;

CREATE VIEW files AS SELECT * FROM o WHERE k = 5 AND type = 'case_submission';
CREATE VIEW triages AS SELECT * FROM o WHERE k = 5 AND type = 'triage_outcome';
CREATE VIEW decisions AS SELECT * FROM o WHERE k = 5 AND type = 'charging_decision';
CREATE VIEW plans AS SELECT * FROM o WHERE k = 5 AND type = 'action_plan';
CREATE VIEW answers AS SELECT * FROM o WHERE k = 5 AND type = 'action_plan_answer';
CREATE VIEW compared AS SELECT * FROM triages WHERE assurance IN ('agree', 'false_accept', 'false_reject');

-- Times: from the first begin after the end before, to the end; within one case and one key.
CREATE TABLE mark(metric, c, key, seq, at, ends);
INSERT INTO mark SELECT 'time_to_triage', c, '', seq, at, 0 FROM files;
INSERT INTO mark SELECT 'time_to_triage', c, '', seq, at, 1 FROM triages;
INSERT INTO mark SELECT 'time_to_decision', c, '', seq, at, 0 FROM files;
INSERT INTO mark SELECT 'time_to_decision', c, '', seq, at, 1 FROM decisions;
INSERT INTO mark SELECT 'time_to_resubmit', c, '', seq, at, 0 FROM triages WHERE outcome = 'rejected';
INSERT INTO mark SELECT 'time_to_resubmit', c, '', seq, at, 1 FROM files;
INSERT INTO mark SELECT 'action_plan_round_trips', c, plan, seq, at, 0 FROM plans;
INSERT INTO mark SELECT 'action_plan_round_trips', c, plan, seq, at, 1 FROM answers;
INSERT INTO mark SELECT 'action_plans_closed', c, '', seq, at, 0 FROM plans;
INSERT INTO mark SELECT 'action_plans_closed', c, '', seq, at, 1 FROM answers WHERE open_items = '0';
INSERT INTO mark SELECT 'time_to_deliver', c, m, seq, at, 0 FROM o WHERE k = 6 AND type = 'case_submission';
INSERT INTO mark SELECT 'time_to_deliver', c, m, seq, at, 1 FROM o WHERE k = 10 AND type = 'case_submission';
INSERT INTO mark SELECT 'stage_days', c, after, seq, at, 0 FROM o WHERE k = 5 AND before <> after;
INSERT INTO mark SELECT 'stage_days', c, before, seq, at, 1 FROM o WHERE k = 5 AND before <> after;
CREATE INDEX marks ON mark(metric, c, key, ends, seq);

CREATE TABLE took AS
SELECT metric, key, o.*, ms FROM (
  SELECT e.metric, e.key, e.seq AS of_seq,
    (SELECT max(e.at - b.at, 0) FROM mark b
      WHERE b.metric = e.metric AND b.c = e.c AND b.key = e.key AND NOT b.ends AND b.seq < e.seq
        AND b.seq > coalesce((SELECT max(p.seq) FROM mark p
          WHERE p.metric = e.metric AND p.c = e.c AND p.key = e.key AND p.ends AND p.seq < e.seq), -1)
      ORDER BY b.seq LIMIT 1) AS ms
  FROM mark e WHERE e.ends) JOIN o ON o.seq = of_seq
WHERE ms IS NOT NULL;
ALTER TABLE took ADD COLUMN good;
UPDATE took SET good = ms <= (SELECT within_ms FROM definition d WHERE d.metric = took.metric);

-- One row an observation.
CREATE TABLE second(metric, force, area, case_type, c, at, grp, good, ms);
INSERT INTO second
SELECT 'submissions', force, area, case_type, c, at, coalesce(submission, 'none'), 0, 0 FROM files
UNION ALL SELECT metric, force, area, case_type, c, at, coalesce(review_type, 'none'), good, ms
  FROM took WHERE metric = 'time_to_triage'
UNION ALL SELECT metric, force, area, case_type, c, at, coalesce(review_type, 'none'), good, ms
  FROM took WHERE metric = 'time_to_decision'
UNION ALL SELECT metric, force, area, case_type, c, at, '', good, ms FROM took WHERE metric = 'time_to_resubmit'
UNION ALL SELECT metric, force, area, case_type, c, at, '', good, ms FROM took WHERE metric = 'action_plan_round_trips'
UNION ALL SELECT metric, force, area, case_type, c, at, '', good, ms FROM took WHERE metric = 'action_plans_closed'
UNION ALL SELECT metric, force, area, case_type, c, at, '', good, ms FROM took WHERE metric = 'time_to_deliver'
UNION ALL SELECT metric, force, area, case_type, c, at, key, 0, ms FROM took WHERE metric = 'stage_days'
UNION ALL SELECT 'triage_rejection_rate', force, area, case_type, c, at, '', outcome = 'rejected', 0 FROM triages
UNION ALL SELECT 'triage_rejections_by_reason', force, area, case_type, t.c, at, coalesce(r.value, 'none'), 0, 0
  FROM triages t LEFT JOIN fa r ON r.seq = t.seq AND r.name = 'triage_reason' WHERE outcome = 'rejected'
UNION ALL SELECT 'supervisor_rejection_rate', force, area, case_type, c, at, coalesce(supervisor, 'none'), outcome = 'rejected', 0
  FROM triages
UNION ALL SELECT 'items_asked_twice', force, area, case_type, p.c, at, '',
    EXISTS(SELECT 1 FROM fa b WHERE b.c = a.c AND b.name = 'asked' AND b.value = a.value AND b.id < a.id), 0
  FROM plans p JOIN fa a ON a.seq = p.seq AND a.name = 'asked'
UNION ALL SELECT 'file_standard_pass_rate', force, area, case_type, c, at, '', file_standard = 'compliant', 0
  FROM triages WHERE file_standard IS NOT NULL
UNION ALL SELECT 'letters_on_time', force, area, case_type, c, at, coalesce(entitlement, 'none'), letter = 'on_time', 0
  FROM o WHERE k = 5 AND type = 'victim_notice' AND letter IS NOT NULL
UNION ALL SELECT 'documents_refused', force, area, case_type, c, at, coalesce(nullif(reason, ''), 'none'), 0, 0 FROM o WHERE k = 2
UNION ALL SELECT 'messages_held', force, area, case_type, c, at, coalesce(nullif(reason, ''), 'none'), 0, 0 FROM o WHERE k = 7
UNION ALL SELECT 'triage_agreement', force, area, case_type, c, at, '', assurance = 'agree', 0 FROM compared
UNION ALL SELECT 'triage_false_accepts', force, area, case_type, t.c, at, coalesce(r.value, 'none'), 0, 0
  FROM compared t LEFT JOIN fa r ON r.seq = t.seq AND r.name = 'assurance_own_only' WHERE assurance = 'false_accept'
UNION ALL SELECT 'triage_false_rejects', force, area, case_type, t.c, at, coalesce(r.value, 'none'), 0, 0
  FROM compared t LEFT JOIN fa r ON r.seq = t.seq AND r.name = 'assurance_human_only' WHERE assurance = 'false_reject'
UNION ALL SELECT 'checklist_findings', force, area, case_type, t.c, at, coalesce(r.value, 'none'), 0, 0
  FROM files t LEFT JOIN fa r ON r.seq = t.seq AND r.name = 'finding'
UNION ALL SELECT 'clock_breaches', force, area, case_type, c, at, clock, 0, 0 FROM o WHERE k = 21;

-- October 2026 by the calendar of London, the edges by SQLite's own dates.
DELETE FROM second WHERE at < 1000 * strftime('%s', '2026-09-30 23:00:00') OR at >= 1000 * strftime('%s', '2026-11-01 00:00:00');
UPDATE second SET case_type = coalesce(case_type, '');
