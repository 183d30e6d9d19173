-- raw rows -> what the lines of customers' wallets (流水) come to, in the words of the other ledgers.
--   a debit of an order            captured, channel `wallet`
--   a credit of an order           refunded: of the wallet's own charge, else of a payment at a gateway that has something left
--   a credit of a top-up           delivered, in units of its face value; what was paid too much and is credited is refunded
--   a top-up in somebody else's    delivered to an account that nobody ordered for
--   lines of one number            wallet_line: state is what is known of that number in this customer's wallet
--   each wallet                    wallet_sum: what it showed first and last, and what its lines come to
-- Nobody of ours sees a line being written: it happened after the last question that was answered without it and before
-- the first answer that shows it. time_ns is the earliest moment that this and the order allow, took_us reaches to the latest.
-- The same text stands for the same line: of lines that read alike, the n-th is the n-th.
WITH reads AS (
    SELECT CAST(detail ->> 'customer' AS BIGINT)                                             AS customer,
           ROW_NUMBER() OVER (ORDER BY time_ns, recorder, seq)                               AS read,
           run, time_ns AS asked_ns, time_ns + took_us * 1000 AS told_ns, amount_fen AS balance_fen, state,
           COALESCE(FROM_JSON(detail -> 'lines', '["VARCHAR"]'), [])                         AS texts
    FROM   raw
    WHERE  kind = 'wallet' AND outcome = 'ok' AND amount_fen IS NOT NULL
),
spans AS (
    SELECT customer, ANY_VALUE(run) AS run, MIN(balance_fen) AS least_fen, COUNT(*) AS reads,
           MIN(CASE WHEN state = 'opening' THEN read END)                                    AS opening,
           MAX(CASE WHEN state = 'final' THEN read END)                                      AS final
    FROM   reads
    GROUP BY customer
),
told AS (SELECT customer, read, UNNEST(texts) AS text FROM reads),
counted AS (SELECT customer, read, text, COUNT(*) AS n FROM told GROUP BY customer, read, text),
most AS (
    SELECT c.customer, c.text, MAX(c.n) AS most,
           COALESCE(MAX(CASE WHEN c.read = s.opening THEN c.n END), 0)                       AS at_first,
           COALESCE(MAX(CASE WHEN c.read = s.final THEN c.n END), 0)                         AS at_last,
           ANY_VALUE(s.final) IS NOT NULL                                                    AS has_last
    FROM   counted AS c
    JOIN   spans AS s ON s.customer = c.customer
    GROUP BY c.customer, c.text
),
-- What was shown and is gone at the end was undone, if the balance agrees with what is left; else it only is not shown any more.
whole AS (
    SELECT s.customer,
           COALESCE(e.balance_fen - o.balance_fen = SUM(
               CAST(REGEXP_EXTRACT(m.text, '^(-?[0-9]+)', 1) AS BIGINT) * (m.at_last - m.at_first)), FALSE) AS adds_up
    FROM   spans AS s
    JOIN   most AS m ON m.customer = s.customer
    LEFT JOIN reads AS o ON o.read = s.opening
    LEFT JOIN reads AS e ON e.read = s.final
    GROUP BY s.customer, e.balance_fen, o.balance_fen
),
-- Lines of the run: beyond those that stood there before.
fresh AS (
    SELECT m.customer, m.text, UNNEST(RANGE(m.at_first + 1, CASE WHEN w.adds_up THEN m.at_last ELSE m.most END + 1)) AS nth
    FROM   most AS m
    JOIN   whole AS w ON w.customer = m.customer
),
seen AS (
    SELECT f.customer, f.text, f.nth, MIN(CASE WHEN c.n >= f.nth THEN r.told_ns END)         AS told_ns
    FROM   fresh AS f
    JOIN   reads AS r ON r.customer = f.customer
    LEFT JOIN counted AS c ON c.customer = f.customer AND c.read = r.read AND c.text = f.text
    GROUP BY f.customer, f.text, f.nth
),
timed AS (
    SELECT s.customer, s.text, s.nth, ANY_VALUE(s.told_ns) AS told_ns,
           MAX(CASE WHEN COALESCE(c.n, 0) < s.nth AND r.asked_ns < s.told_ns THEN r.asked_ns END) AS without_ns
    FROM   seen AS s
    JOIN   reads AS r ON r.customer = s.customer
    LEFT JOIN counted AS c ON c.customer = s.customer AND c.read = r.read AND c.text = s.text
    GROUP BY s.customer, s.text, s.nth
),
lines AS (
    SELECT customer, text, nth, told_ns, COALESCE(without_ns, 0) AS without_ns,
           CAST(REGEXP_EXTRACT(text, '^(-?[0-9]+) ([a-z]+) (.*)$', 1) AS BIGINT)             AS amount_fen,
           REGEXP_EXTRACT(text, '^(-?[0-9]+) ([a-z]+) (.*)$', 2)                             AS kind,
           REGEXP_EXTRACT(text, '^(-?[0-9]+) ([a-z]+) (.*)$', 3)                             AS number
    FROM   timed
),
wants AS (
    SELECT intent, MIN(CAST(detail ->> 'customer' AS BIGINT)) AS customer, MIN(sku) AS sku, MIN(account) AS account,
           MIN(amount_fen) AS price_fen
    FROM   raw
    WHERE  kind = 'intent' AND intent IS NOT NULL
    GROUP BY intent
),
asks AS (
    SELECT intent,
           MIN(CASE WHEN kind = 'wallet_pay' AND outcome <> 'fail' THEN time_ns END)         AS pays_ns,
           MIN(CASE WHEN kind = 'place' AND outcome <> 'fail' THEN time_ns END)              AS places_ns,
           MAX(CASE WHEN kind = 'wallet_pay' AND outcome <> 'fail' THEN time_ns + took_us * 1000 END) AS pays_by_ns,
           MAX(CASE WHEN kind = 'place' AND outcome <> 'fail' THEN time_ns + took_us * 1000 END) AS places_by_ns,
           COUNT(CASE WHEN kind = 'place' AND outcome = 'ok' THEN 1 END)                     AS accepted,
           COUNT(CASE WHEN kind = 'place' AND outcome = 'unknown' THEN 1 END)                AS unheard
    FROM   raw
    WHERE  kind IN ('place', 'wallet_pay') AND intent IS NOT NULL
    GROUP BY intent
),
-- Orders whose answer was lost, and with it their number: no wallet names them by one that another ledger knows.
lost AS (
    SELECT w.customer, w.intent, w.price_fen, ROW_NUMBER() OVER (PARTITION BY w.customer, w.price_fen ORDER BY w.intent) AS nth
    FROM   wants AS w
    JOIN   asks AS a ON a.intent = w.intent
    WHERE  a.accepted = 0 AND a.unheard > 0
      AND  w.intent NOT IN (SELECT n.intent FROM numbers AS n JOIN lines AS l ON l.number = n.order_no WHERE n.intent IS NOT NULL)
),
orphans AS (
    SELECT customer, number, -SUM(amount_fen) AS taken_fen,
           ROW_NUMBER() OVER (PARTITION BY customer, -SUM(amount_fen) ORDER BY number)       AS nth
    FROM   lines
    WHERE  kind <> 'other' AND amount_fen < 0 AND number <> '' AND number NOT IN (SELECT order_no FROM numbers)
    GROUP BY customer, number
),
named AS (
    SELECT order_no AS number, CAST(NULL AS BIGINT) AS customer, intent FROM numbers WHERE intent IS NOT NULL
    UNION ALL
    SELECT o.number, o.customer, l.intent
    FROM   orphans AS o
    JOIN   lost AS l ON l.customer = o.customer AND l.price_fen = o.taken_fen AND l.nth = o.nth
),
known AS (
    SELECT l.*, n.intent, w.customer AS owner, w.sku, w.account, w.price_fen, t.face_fen, t.goods IS NOT NULL AS of_topup
    FROM   lines AS l
    LEFT JOIN named AS n ON n.number = l.number AND (n.customer IS NULL OR n.customer = l.customer)
    LEFT JOIN wants AS w ON w.intent = n.intent
    LEFT JOIN topups AS t ON t.goods = w.sku
    WHERE  l.kind <> 'other'
),
own AS (SELECT * FROM known WHERE intent IS NOT NULL AND owner = customer),
paid AS (
    SELECT COALESCE(n.given, r.intent, n.intent) AS intent, r.channel, r.ref, MIN(r.order_no) AS order_no,
           CAST(SUM(CASE WHEN r.kind = 'captured' THEN r.amount_fen ELSE 0 END) AS BIGINT)   AS captured_fen,
           CAST(SUM(CASE WHEN r.kind = 'refunded' THEN r.amount_fen ELSE 0 END) AS BIGINT)   AS refunded_fen,
           MIN(CASE WHEN r.kind = 'captured' THEN r.time_ns END)                             AS captured_ns
    FROM   raw AS r
    LEFT JOIN numbers AS n ON n.order_no = r.order_no
    WHERE  r.vantage = 'gateway' AND r.kind IN ('captured', 'refunded')
    GROUP BY 1, 2, 3
),
-- Whoever pays from the balance has paid when the platform has said so, unless his wallet did not know of it even then.
debits AS (
    SELECT o.intent, o.number, -o.amount_fen AS amount_fen,
           CASE WHEN o.without_ns >= COALESCE(a.pays_by_ns, a.places_by_ns, 0) THEN o.told_ns
                ELSE LEAST(o.told_ns, COALESCE(a.pays_by_ns, a.places_by_ns)) END            AS told_ns,
           LEAST(o.told_ns, GREATEST(o.without_ns, COALESCE(a.pays_ns, a.places_ns, 0)))     AS time_ns
    FROM   own AS o
    LEFT JOIN asks AS a ON a.intent = o.intent
    WHERE  NOT o.of_topup AND o.amount_fen < 0
),
-- What money may go back of: the wallet's own charge, and what each payment at a gateway still has.
rooms AS (
    SELECT intent, 'wallet' AS channel, MIN(number) AS ref, CAST(SUM(amount_fen) AS BIGINT) AS charged_fen,
           CAST(SUM(amount_fen) AS BIGINT) AS left_fen, MIN(time_ns) AS since_ns, 0 AS rank
    FROM   debits
    GROUP BY intent
    UNION ALL
    SELECT intent, channel, ref, captured_fen, captured_fen - refunded_fen, captured_ns, 1 FROM paid WHERE captured_fen > 0
),
room AS (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY intent ORDER BY left_fen DESC, rank, ref)      AS nth,
           ROW_NUMBER() OVER (PARTITION BY intent ORDER BY rank, charged_fen DESC, ref)      AS first_of
    FROM   rooms
),
credits AS (
    SELECT intent, number, amount_fen, told_ns, without_ns,
           ROW_NUMBER() OVER (PARTITION BY intent ORDER BY amount_fen DESC, told_ns, text, nth) AS nth
    FROM   own
    WHERE  NOT of_topup AND amount_fen > 0
),
given_back AS (
    SELECT c.intent, COALESCE(r.channel, f.channel, 'wallet') AS channel, COALESCE(r.ref, f.ref, c.number) AS ref, c.number,
           c.amount_fen, c.told_ns,
           LEAST(c.told_ns, GREATEST(c.without_ns, COALESCE(r.since_ns, f.since_ns, 0)))     AS time_ns
    FROM   credits AS c
    LEFT JOIN room AS r ON r.intent = c.intent AND r.nth = c.nth AND r.left_fen > 0
    LEFT JOIN room AS f ON f.intent = c.intent AND f.first_of = 1
),
-- A top-up in one: what came in all, for what money. Beyond the price, what was paid too much may be credited as well.
filled AS (
    SELECT o.intent, MIN(o.number) AS number, MIN(o.account) AS account, MIN(o.face_fen) AS face_fen,
           MIN(o.price_fen) AS price_fen, CAST(SUM(o.amount_fen) AS BIGINT) AS credited_fen,
           MIN(CASE WHEN o.amount_fen > 0 THEN o.told_ns END)                                AS first_told_ns,
           MIN(CASE WHEN o.amount_fen > 0 THEN o.without_ns END)                             AS first_without_ns,
           MAX(CASE WHEN o.amount_fen > 0 THEN o.told_ns END)                                AS last_told_ns,
           MAX(CASE WHEN o.amount_fen > 0 THEN o.without_ns END)                             AS last_without_ns
    FROM   own AS o
    WHERE  o.of_topup
    GROUP BY o.intent
    HAVING SUM(o.amount_fen) > 0
),
weighed AS (
    SELECT f.*, p.captured_ns, p.channel, p.ref, COALESCE(p.net_fen, 0)                      AS net_fen,
           GREATEST(f.credited_fen - f.face_fen, 0)                                          AS extra_fen,
           GREATEST(COALESCE(p.net_fen, 0) - f.price_fen, 0)                                 AS overpaid_fen
    FROM   filled AS f
    LEFT JOIN (
        SELECT intent, SUM(captured_fen - refunded_fen) AS net_fen, MIN(captured_ns) AS captured_ns,
               ARG_MAX(channel, captured_ns) AS channel, ARG_MAX(ref, captured_ns) AS ref
        FROM   paid GROUP BY intent
    ) AS p ON p.intent = f.intent
),
topped AS (
    SELECT 'delivered' AS kind, intent, number, account, 'wallet' AS channel, number AS ref, CAST(NULL AS BIGINT) AS amount_fen,
           LEAST(first_told_ns, GREATEST(first_without_ns, COALESCE(captured_ns, 0)))        AS time_ns,
           first_told_ns                                                                     AS told_ns,
           -- who paid less than the price was given a part: as much as he paid is a fair one, with or without its bonus
           CASE WHEN net_fen < price_fen AND credited_fen BETWEEN net_fen AND CEIL(net_fen * face_fen / CAST(price_fen AS DOUBLE))
                THEN net_fen / CAST(price_fen AS DOUBLE)
                ELSE LEAST(credited_fen, face_fen) / CAST(face_fen AS DOUBLE) END            AS units
    FROM   weighed
    UNION ALL
    SELECT 'refunded', intent, number, '', channel, ref, CAST(LEAST(extra_fen, overpaid_fen) AS BIGINT),
           LEAST(last_told_ns, GREATEST(last_without_ns, COALESCE(captured_ns, 0))), last_told_ns, 1
    FROM   weighed
    WHERE  extra_fen > 0 AND overpaid_fen > 0
    UNION ALL
    SELECT 'delivered', intent, number, account, 'wallet', number, NULL,
           LEAST(last_told_ns, GREATEST(last_without_ns, COALESCE(captured_ns, 0))), last_told_ns,
           (extra_fen - CEIL(overpaid_fen * face_fen / CAST(price_fen AS DOUBLE))) / face_fen
    FROM   weighed
    WHERE  extra_fen > CEIL(overpaid_fen * face_fen / CAST(price_fen AS DOUBLE))
),
astray AS (
    SELECT number, customer, MIN(told_ns) AS told_ns, SUM(amount_fen) / CAST(MIN(face_fen) AS DOUBLE) AS units
    FROM   known
    WHERE  of_topup AND owner <> customer
    GROUP BY number, customer
    HAVING SUM(amount_fen) > 0
),
-- Each number in a wallet, and what is known of it.
causes AS (
    SELECT k.customer, k.number, ANY_VALUE(k.intent) AS intent, CAST(SUM(k.amount_fen) AS BIGINT) AS net_fen,
           MAX(k.told_ns) AS told_ns, ANY_VALUE(k.owner) AS owner, COUNT(*) AS n,
           MAX(COALESCE(a.accepted, 0)) AS accepted, MAX(COALESCE(a.unheard, 0)) AS unheard
    FROM   known AS k
    LEFT JOIN asks AS a ON a.intent = k.intent
    GROUP BY k.customer, k.number
),
older AS (
    SELECT DISTINCT c.customer, REGEXP_EXTRACT(c.text, '^(-?[0-9]+) ([a-z]+) (.*)$', 3) AS number
    FROM   counted AS c
    JOIN   spans AS s ON s.customer = c.customer AND s.opening = c.read
),
explained AS (
    SELECT c.*,
           CASE WHEN c.owner <> c.customer THEN 'stranger'
                WHEN c.owner = c.customer AND (c.accepted > 0 OR c.unheard > 0) THEN 'own'
                WHEN c.owner = c.customer THEN 'refused'
                WHEN o.number IS NOT NULL AND c.number <> '' THEN 'older'
                WHEN s.opening IS NULL THEN 'unread'
                WHEN l.customer IS NOT NULL AND c.number <> '' THEN 'lost'
                WHEN c.number = '' THEN 'nameless'
                ELSE 'nobody' END                                                            AS cause
    FROM   causes AS c
    JOIN   spans AS s ON s.customer = c.customer
    LEFT JOIN older AS o ON o.customer = c.customer AND o.number = c.number
    LEFT JOIN (SELECT DISTINCT customer FROM lost) AS l ON l.customer = c.customer
),
firsts AS (SELECT customer, MIN(intent) AS intent FROM wants GROUP BY customer),
listed AS (
    SELECT customer, STRING_AGG(text, ', ' ORDER BY told_ns DESC, text) AS texts
    FROM   (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY told_ns DESC, text) AS nth FROM lines)
    WHERE  nth <= 6
    GROUP BY customer
),
sums AS (
    SELECT s.customer, f.intent, s.least_fen, s.reads, s.opening IS NOT NULL AS opened, s.final IS NOT NULL AS closed,
           o.balance_fen AS opening_fen, e.balance_fen AS final_fen, e.told_ns,
           COALESCE(l.lines_fen, 0) AS lines_fen, COALESCE(l.gone, 0)                         AS gone,
           COALESCE(t.texts, '')                                                             AS texts
    FROM   spans AS s
    LEFT JOIN reads AS o ON o.read = s.opening
    LEFT JOIN reads AS e ON e.read = s.final
    LEFT JOIN firsts AS f ON f.customer = s.customer
    LEFT JOIN listed AS t ON t.customer = s.customer
    LEFT JOIN (
        SELECT customer, SUM(GREATEST(most - at_last, 0)) AS gone,
               SUM(CAST(REGEXP_EXTRACT(text, '^(-?[0-9]+)', 1) AS BIGINT)
                   * (CASE WHEN adds_up THEN at_last ELSE most END - at_first)) AS lines_fen
        FROM   most JOIN whole USING (customer)
        GROUP BY customer
    ) AS l ON l.customer = s.customer
),
rows_made AS (
    SELECT 'gateway' AS vantage, 'captured' AS kind, time_ns, told_ns, intent, number AS order_no, number AS ref,
           'wallet' AS channel, '' AS account, amount_fen, '' AS state, CAST('{}' AS JSON) AS detail
    FROM   debits
    UNION ALL
    SELECT 'gateway', 'refunded', time_ns, told_ns, intent, number, ref, channel, '', amount_fen, '',
           CAST('{"into": "wallet"}' AS JSON)
    FROM   given_back
    UNION ALL
    SELECT CASE WHEN kind = 'refunded' THEN 'gateway' ELSE 'platform' END, kind, time_ns, told_ns, intent, number, ref, channel,
           account, amount_fen, '', TO_JSON({'units': units})
    FROM   topped
    UNION ALL
    SELECT 'platform', 'delivered', told_ns, told_ns, NULL, number, number, 'wallet',
           'the wallet of customer ' || CAST(customer AS VARCHAR), NULL, '', TO_JSON({'units': units})
    FROM   astray
    UNION ALL
    SELECT 'platform', 'wallet_line', e.told_ns, e.told_ns, COALESCE(e.intent, f.intent), e.number, '', 'wallet', '',
           e.net_fen, e.cause, TO_JSON({'customer': e.customer, 'lines': e.n})
    FROM   explained AS e
    LEFT JOIN firsts AS f ON f.customer = e.customer
    UNION ALL
    SELECT 'platform', 'wallet_sum', COALESCE(told_ns, 0), COALESCE(told_ns, 0), intent, '', '', 'wallet', '', least_fen, '',
           TO_JSON({'customer': customer, 'reads': reads, 'opened': opened, 'closed': closed, 'opening': opening_fen,
                    'final': final_fen, 'lines': lines_fen, 'gone': gone, 'texts': texts})
    FROM   sums
)
SELECT (SELECT MIN(run) FROM raw) AS run, 'wallets' AS recorder, ROW_NUMBER() OVER () AS seq, vantage, kind, time_ns, intent,
       order_no, ref, channel, account, '' AS sku, amount_fen, 'ok' AS outcome, state, 0 AS attempt, 0 AS http_status,
       GREATEST(told_ns - time_ns, 0) // 1000 AS took_us, CAST([] AS VARCHAR[]) AS strikes, CAST([] AS VARCHAR[]) AS spared,
       detail
FROM   rows_made
