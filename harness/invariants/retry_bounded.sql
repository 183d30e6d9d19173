-- title: No retry storm at the operator | 重试有节制
-- promise: resilience                severity: major            proof: seen          needs: operators
-- why: Whoever knocks without a pause keeps a sick operator down, and is blocked by it. | 上游出故障时不停重试，只会把上游压垮，还会被封号。
-- Twenty submissions of one order are more than any operator's guide asks for in the hour that an order may take.
SELECT intent,
       submits <= 20                                                                         AS held,
       'submitted ' || CAST(submits AS VARCHAR) || ' times'                                  AS says,
       '向上游提交了 ' || CAST(submits AS VARCHAR) || ' 次'                                    AS says_zh,
       'delivered ' || printf('%g', units_delivered) || ' of ' || printf('%g', units_ordered) AS evidence
FROM   orders
WHERE  submits > 0
