# Holds the rows of "OutboundCall" against the sandbox's own record of every call.
def final: {"completed": "COMPLETED", "busy": "BUSY", "no-answer": "NO_ANSWER", "failed": "FAILED", "canceled": "FAILED"};
($calls[0] | if type == "object" then .calls else . end) as $seen
| $rows[0] as $rows
| ($violations[0].violations | length) as $violations
| [ $seen[] as $call
    | ([$rows[] | select(.callSid == $call.sid)] | first) as $row
    | if $row == null then "\($call.sid): no row"
      elif $row.customerPhone != $call.to then "\($call.sid): called \($call.to), the row says \($row.customerPhone)"
      elif $row.status != final[$call.status] then "\($call.sid): ended \($call.status), the row says \($row.status)"
      elif ($row.duration // 0) != ($call.durationSeconds // 0) then "\($call.sid): \($call.durationSeconds) s, the row says \($row.duration)"
      elif ($row.answeredBy // "") != ($call.answeredBy // "") then "\($call.sid): \($call.answeredBy), the row says \($row.answeredBy)"
      elif ($call.recordingSid // "") != ($row.recordingSid // "") then "\($call.sid): recording \($call.recordingSid), the row says \($row.recordingSid)"
      else empty end ]
  + [ $rows[] as $row | if any($seen[]; .sid == $row.callSid) then empty else "\($row.callSid): a row without a call" end ]
  + (if $violations > 0 then ["\($violations) messages broke a provider's rules"] else [] end)
| if length == 0 then "   all \($seen | length) calls agree with their rows, and no message broke a provider's rules"
  else (.[] | "   " + .) end
