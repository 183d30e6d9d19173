-- raw rows -> a row for each card that an order showed, and of the platform's own stock its delivery.
-- What a platform shows beside its cards (a promise that they will come, an apology) is no card: a text is one if it is in
-- the list that was loaded as stock, in the platform's books, or names what an operator handed out; the operator's number
-- is then the card, however the platform writes it. Where a platform sells both (`beside`), the list speaks for orders of its
-- own stock alone.
WITH handed AS (
    SELECT UNNEST(FROM_JSON(detail -> 'cards', '["VARCHAR"]')) AS number,
           UNNEST(COALESCE(FROM_JSON(detail -> 'card_passwords', '["VARCHAR"]'), [])) AS password
    FROM   raw
    WHERE  kind = 'delivered' AND vantage = 'operator' AND (detail -> 'cards') IS NOT NULL
),
words AS (
    SELECT number AS word, MIN(number) AS card FROM handed WHERE number <> '' GROUP BY number
    UNION ALL
    SELECT password, MIN(number) FROM handed WHERE password <> '' AND number <> '' GROUP BY password
),
said AS (
    SELECT run, intent, order_no, time_ns + took_us * 1000 AS shown_ns,
           UNNEST(FROM_JSON(detail -> 'cards', '["VARCHAR"]')) AS text
    FROM   raw
    WHERE  kind IN ('place', 'status', 'audit') AND outcome = 'ok' AND (detail -> 'cards') IS NOT NULL
),
books AS (SELECT DISTINCT ref AS text FROM raw WHERE kind = 'book_card'),
texts AS (SELECT text FROM said UNION SELECT text FROM books),
pieces AS (
    SELECT text, text AS word FROM texts
    UNION
    SELECT text, UNNEST(REGEXP_EXTRACT_ALL(text, '[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*')) FROM texts
    UNION
    SELECT text, UNNEST(REGEXP_EXTRACT_ALL(text, '[A-Za-z0-9]{8,}')) FROM texts
),
traced AS (SELECT p.text, MIN(w.card) AS number FROM pieces AS p JOIN words AS w ON w.word = p.word GROUP BY p.text),
-- the operator's number and the platform's books may write one card in two ways
booked AS (
    SELECT t.number, MIN(t.text) AS card FROM traced AS t JOIN books ON books.text = t.text GROUP BY t.number
),
sold AS (SELECT intent, MIN(sku) AS sku FROM raw WHERE kind = 'intent' GROUP BY intent),
stocked AS (SELECT DISTINCT text FROM said JOIN sold USING (intent) WHERE LIST_CONTAINS($own, sku)),
known AS (
    SELECT t.text, CASE WHEN books.text IS NOT NULL OR $listed AND (NOT $beside OR stocked.text IS NOT NULL) THEN t.text
                        ELSE COALESCE(booked.card, traced.number) END AS card
    FROM   texts AS t
    LEFT JOIN books ON books.text = t.text
    LEFT JOIN stocked ON stocked.text = t.text
    LEFT JOIN traced ON traced.text = t.text
    LEFT JOIN booked ON booked.number = traced.number
),
shown AS (SELECT said.*, known.card FROM said JOIN known ON known.text = said.text WHERE known.card IS NOT NULL),
firsts AS (
    SELECT ANY_VALUE(run) AS run, s.intent, s.card, MIN(s.order_no) AS order_no, MIN(shown_ns) AS time_ns,
           COALESCE(LIST_CONTAINS($own, ANY_VALUE(i.sku)), FALSE) AS own
    FROM   shown AS s
    LEFT JOIN sold AS i ON i.intent = s.intent
    GROUP BY s.intent, s.card
),
rows_made AS (
    SELECT *, 'card' AS kind FROM firsts
    UNION ALL
    SELECT *, 'delivered' AS kind FROM firsts WHERE own
)
SELECT run, 'derived' AS recorder, ROW_NUMBER() OVER () AS seq, 'platform' AS vantage, kind, time_ns, intent, order_no,
       card AS ref, '' AS channel, '' AS account, '' AS sku, CAST(NULL AS BIGINT) AS amount_fen, 'ok' AS outcome,
       '' AS state, 0 AS attempt, 0 AS http_status, 0 AS took_us, CAST([] AS VARCHAR[]) AS strikes,
       CAST([] AS VARCHAR[]) AS spared, CAST('{"units":1}' AS JSON) AS detail
FROM   rows_made
