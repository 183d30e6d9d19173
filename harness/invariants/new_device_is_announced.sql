-- title: A login from a new device is announced | 新设备登录要告知本人
-- promise: trust                     severity: major            needs: announces.device
-- why: Whoever hears of it at once can stop a thief; whoever hears of it by his bill cannot. | 当场知道还来得及拦，看账单才知道就晚了。
-- A case is a login that let somebody in from a device that never was the customer's: a message to the customer's phone
-- says so within the promised time, counted from heal where the channel's messages to that phone, a link or a process were struck.
WITH logins AS (
    SELECT e.intent, e.account AS phone, e.time_ns AS asked_ns, a.says AS wording, run.settled_ns,
           CASE WHEN a.shaken OR EXISTS (SELECT 1 FROM events AS s
                                         WHERE s.vantage = 'message' AND s.struck AND s.account = e.account)
                THEN GREATEST(e.time_ns + e.took_us * 1000, run.healed_ns) + a.after_ns
                ELSE e.time_ns + e.took_us * 1000 + a.after_ns END                           AS due_ns
    FROM   events AS e
    JOIN   announced AS a ON a.what = 'device'
    CROSS JOIN run
    WHERE  e.kind = 'intrude' AND e.outcome = 'ok' AND e.account <> ''
),
told AS (
    SELECT l.intent, l.asked_ns, MAX(l.due_ns) AS due_ns, MAX(l.settled_ns) AS settled_ns, MIN(m.told_ns) AS told_ns
    FROM   logins AS l
    LEFT JOIN messages AS m
           ON m.phone = l.phone AND m.told_ns >= l.asked_ns AND REGEXP_MATCHES(m.text, l.wording)
    GROUP BY l.intent, l.asked_ns
)
SELECT intent,
       CASE WHEN told_ns <= due_ns THEN TRUE
            WHEN told_ns IS NOT NULL OR due_ns < settled_ns THEN FALSE END                   AS held,
       CASE WHEN told_ns <= due_ns THEN 'its customer was told of the new device'
            WHEN told_ns IS NOT NULL THEN 'its customer was told of the new device too late'
            WHEN due_ns < settled_ns THEN 'its customer was never told of the new device'
            ELSE 'its customer may still be told of the new device' END                      AS says,
       CASE WHEN told_ns <= due_ns THEN '已告知本人有新设备登录'
            WHEN told_ns IS NOT NULL THEN '新设备登录，告知过晚'
            WHEN due_ns < settled_ns THEN '新设备登录，始终没有告知本人'
            ELSE '新设备登录，告知尚未到期' END                                                  AS says_zh,
       CASE WHEN told_ns IS NULL THEN 'no message says so'
            ELSE CAST(CAST((told_ns - asked_ns) / 1000000 AS BIGINT) AS VARCHAR) || ' ms after the login' END AS evidence
FROM   told
