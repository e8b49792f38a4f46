-- Written by "labelgate render haproxy --lua". It holds a secret: nobody but HAProxy may read it.
-- where the configuration asks in our place (before 2.8), it is not this that keeps time
local QUESTION = os.getenv("LABELGATE_QUESTION")
local URL = "http://labelgate:4180/auth/route/KeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKeyKey0"
local PATIENCE = QUESTION and 13000 or 10000
local HEADERS = "Remote-User,X-Ptl-User"
local TAKEN = { "cookie", "authorization", "remote-user", "x-ptl-user", "x-api-key" }

-- of this connection, or said by us
local KEPT_BACK = {}
for name in ([[connection keep-alive proxy-connection te trailer transfer-encoding upgrade content-length expect host
  http2-settings x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-method x-forwarded-uri
  x-labelgate-headers x-labelgate-body]]):gmatch("%S+") do KEPT_BACK[name] = true end

local function values(list)
  local found = {}
  for i = 0, #list do found[#found + 1] = list[i] end
  return found
end

local function question(txn)
  local asked = {}
  for name, list in pairs(txn.http:req_get_headers()) do
    if not KEPT_BACK[name] then asked[name] = values(list) end
  end
  asked["x-forwarded-method"] = { txn.f:method() }
  asked["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
  asked["x-forwarded-host"] = { txn.f:req_fhdr("host") or "" }
  asked["x-forwarded-uri"] = { txn.f:pathq() or "" }
  asked["x-forwarded-for"] = { txn.f:src() }
  asked["x-labelgate-headers"] = { HEADERS }
  -- a WebSocket by HTTP/2 has no key (RFC 8441), and is one nonetheless
  if txn.f:req_fhdr("upgrade") ~= nil and asked["sec-websocket-key"] == nil then
    asked["sec-websocket-key"] = { "none" }
  end
  asked["x-labelgate-body"] = { (txn.f:req_fhdr("content-length") or "") .. ";" .. (txn.f:req_fhdr("transfer-encoding") or "") }
  return asked
end

local function refuse(txn, answer)
  local reply = txn:reply()
  reply:set_status(answer.status)
  for name, list in pairs(answer.headers or {}) do
    if name ~= "content-length" and name ~= "connection" and name ~= "keep-alive" and name ~= "transfer-encoding" then
      for _, value in ipairs(values(list)) do reply:add_header(name, value) end
    end
  end
  reply:set_body(answer.body or "")
  txn:done(reply)
end

local function unavailable(txn)
  refuse(txn, {
    status = 503,
    headers = { ["content-type"] = { [0] = "application/json" }, ["retry-after"] = { [0] = "2" },
      ["cache-control"] = { [0] = "no-store" } },
    body = '{"error":"not-ready"}',
  })
end

core.register_action("labelgate", { "http-req" }, function(txn)
  local answer = core.httpclient():get({ url = URL, headers = question(txn), timeout = PATIENCE, dst = QUESTION })
  if answer == nil or answer.status == nil or answer.status < 200 then return unavailable(txn) end
  if answer.status >= 300 then return refuse(txn, answer) end
  local function said(name)
    local list = answer.headers[name]
    return list ~= nil and list[0] or nil
  end
  local scheme, address = said("x-labelgate-upstream-scheme"), said("x-labelgate-upstream-address")
  if answer.status ~= 200 or scheme == nil or address == nil then return unavailable(txn) end
  local host, port = address:match("^%[?([%x:.]+)%]?:(%d+)$")
  if host == nil then return unavailable(txn) end
  for _, name in ipairs(TAKEN) do
    txn.http:req_del_header(name)
    local list = answer.headers[name]
    if list ~= nil then
      for _, value in ipairs(values(list)) do txn.http:req_add_header(name, value) end
    end
  end
  txn:set_var("txn.labelgate_host", host)
  txn:set_var("txn.labelgate_port", tonumber(port))
  txn:set_var("txn.labelgate", scheme)
end)
