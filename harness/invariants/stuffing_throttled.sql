-- title: Passwords cannot be tried for ever | 撞库会被限制
-- promise: trust                     severity: critical         proof: seen          needs: throttles
-- why: Lists of stolen passwords are run against every login page; one that never says "later" opens accounts. | 撞库工具会把泄露的密码逐个试一遍，从不说“稍后再试”的登录口迟早被撞开。
-- A case is an account on which so many wrong passwords were tried within the promised span, and then the right one:
-- whoever was wrong so often is not let in. A list that took longer than the span is no case.
SELECT g.intent,
       g.outcome = 'fail'                                                                    AS held,
       CASE WHEN g.outcome = 'fail' THEN 'not let in after ' ELSE 'let in after ' END
           || CAST(g.attempt AS VARCHAR) || ' wrong passwords'                               AS says,
       '试错 ' || CAST(g.attempt AS VARCHAR) || ' 次密码之后'
           || CASE WHEN g.outcome = 'fail' THEN '被拒绝' ELSE '仍可登录' END                   AS says_zh,
       'promised: ' || CAST(CAST(most.number AS BIGINT) AS VARCHAR) || ' at most'            AS evidence
FROM   events AS g
JOIN   promised AS most ON most.name = 'throttled_logins'
JOIN   promised AS per ON per.name = 'throttled_per'
WHERE  g.kind = 'guess' AND g.outcome <> 'unknown' AND g.attempt >= most.number AND g.took_us * 1000 <= per.span_ns
