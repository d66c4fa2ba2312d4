package bus

import "github.com/redis/go-redis/v9"

// A log is three keys in one slot: the stream, a hash with the epoch and the newest offset, and
// a sorted set of message ids by offset. The id of a stream entry is "offset-milliseconds": the
// offset is contiguous, so that a lost entry shows, and the time serves trimming by age. Without
// the hash the history begins anew, whatever is left of the other two.
const beginLua = `
local clock = redis.call('TIME')
local ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'last')
local epoch, last = meta[1], tonumber(meta[2])
local age = tonumber(ARGV[2])
if not epoch then
  epoch, last = ARGV[1], 0
  redis.call('DEL', KEYS[1], KEYS[3])
  redis.call('HSET', KEYS[2], 'epoch', epoch, 'last', last)
  redis.call('PEXPIRE', KEYS[2], age * 2)
end
local function parts(id)
  local offset, time = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(offset), tonumber(time)
end
`

// appendLua: ARGV are a fresh epoch, the age in ms, the length of the history, the channel, and
// then id, key and payload of each message. It returns the epoch and the newest offset.
const appendLua = beginLua + `
local before = last
for i = 5, #ARGV, 3 do
  local id = ARGV[i]
  if id == '' or redis.call('ZADD', KEYS[3], 'NX', last + 1, id) == 1 then
    last = last + 1
    redis.call('XADD', KEYS[1], string.format('%.0f-%.0f', last, ms), 'k', ARGV[i + 1], 'p', ARGV[i + 2])
  end
end
if last == before then
  return {epoch, string.format('%.0f', last)}
end
redis.call('HSET', KEYS[2], 'last', string.format('%.0f', last))
redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', ARGV[3])
local function old(entries)
  local n = 0
  for _, entry in ipairs(entries) do
    local offset, time = parts(entry[1])
    if time >= ms - age then break end
    n = offset
  end
  return n
end
local expired = old(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1))
while expired > 0 do
  redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f-0', expired + 1))
  expired = old(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 64))
end
local first = parts(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', first - 1)
redis.call('PEXPIRE', KEYS[1], age)
redis.call('PEXPIRE', KEYS[2], age * 2)
redis.call('PEXPIRE', KEYS[3], age)
redis.call('PUBLISH', ARGV[4], '')
return {epoch, string.format('%.0f', last)}
`

// readLua: ARGV are a fresh epoch, the age in ms, the first offset wanted (” for none) and how
// many. It returns the epoch, the oldest and the newest offset, and the entries. Reading keeps
// the epoch alive, so that a quiet log that is followed does not begin anew.
const readLua = beginLua + `
if redis.call('PTTL', KEYS[2]) < age then
  redis.call('PEXPIRE', KEYS[2], age * 2)
end
local first = last + 1
local head = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if head then
  first = parts(head[1])
end
local entries = {}
if ARGV[3] ~= '' then
  entries = redis.call('XRANGE', KEYS[1], ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
end
return {epoch, string.format('%.0f', first), string.format('%.0f', last), entries}
`

// setLua: a state is one string, its version in 20 digits and then the value. ARGV are the
// version, the value, the age in ms and the channel. Versions are compared as text because Lua
// does not hold 64-bit numbers exactly. It returns what stands when that is not older, or ”.
const setLua = `
local standing = redis.call('GETRANGE', KEYS[1], 0, 19)
if standing >= ARGV[1] then
  return redis.call('GET', KEYS[1])
end
local state = ARGV[1] .. ARGV[2]
redis.call('SET', KEYS[1], state, 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[4], state)
return ''
`

type scripts struct{ append, read, set *redis.Script }

func newScripts() scripts {
	return scripts{
		append: redis.NewScript(appendLua),
		read:   redis.NewScript(readLua),
		set:    redis.NewScript(setLua),
	}
}
