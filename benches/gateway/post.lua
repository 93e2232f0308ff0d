-- A chat completion of SIZE bytes; STREAM says whether the answer is streamed. The echo upstream answers sixteen words.
local sentence = "The quarterly report says that sales of garden tools rose in the north and fell in the south. "
local size = tonumber(os.getenv("SIZE") or "200")
local text = string.sub(string.rep(sentence, math.ceil(size / #sentence)), 1, size)
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"gpt-4.1","stream":' .. (os.getenv("STREAM") or "false")
  .. ',"picket_echo_answer":"One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",'
  .. '"messages":[{"role":"user","content":"' .. text .. '"}]}'
