/**
 * Which topics exist and who may use them: pure decisions over strings, asked on publish, subscribe, forward and will.
 * Only legal topics exist at all (1 to 16 levels of `[A-Za-z0-9._-]{1,64}`), so `$SYS`, `$share`, empty levels,
 * control characters and look-alike Unicode are refused before any right is asked.
 */
const level = '[A-Za-z0-9._-]{1,64}';
/** Deepest topic allowed. The contract needs 5 levels, field gateways up to about 8. */
export const topicLevelsMax = 16;
const topicExpression = new RegExp(`^${level}(?:/${level}){0,${topicLevelsMax - 1}}$`);
const filterExpression = new RegExp(`^(?:#|(?:${level}|\\+)(?:/(?:${level}|\\+)){0,${topicLevelsMax - 1}}(?:/#)?)$`);

/** Answers kept per client and question; beyond this the memory starts afresh. */
const answersMax = 256;

/** True for a topic that a message may be published on. */
export function isTopic(topic: unknown): topic is string {
  return typeof topic === 'string' && topicExpression.test(topic);
}

/** True for a filter: legal levels, `+` as a whole level, `#` as the last. */
export function isFilter(filter: unknown): filter is string {
  return typeof filter === 'string' && filterExpression.test(filter) && filter.split('/').length <= topicLevelsMax;
}

/** True when a legal `topic` is matched by a legal `filter`; `a/#` matches `a` too (MQTT 3.1.1, 4.7.1.2). */
export function matches(filter: string, topic: string): boolean {
  return contains(filter, topic);
}

/**
 * True when every topic that `inner` matches is matched by `outer`; both must be legal filters (a topic is one).
 * Decides level by level, which is exact except that `#` is not found inside `+/#`: there it errs on the safe side.
 */
export function contains(outer: string, inner: string): boolean {
  const outers = outer.split('/');
  const inners = inner.split('/');
  for (let i = 0; i < outers.length; i += 1) {
    if (outers[i] === '#') return true;
    if (i >= inners.length || inners[i] === '#') return false;
    if (outers[i] !== '+' && outers[i] !== inners[i]) return false;
  }
  return outers.length === inners.length;
}

/** What one account may do, decided once per topic and remembered. */
export type Rights = {
  mayPublish(topic: string): boolean;
  mayRetain(topic: string): boolean;
  mayWill(topic: string): boolean;
  maySubscribe(filter: string): boolean;
  mayReceive(topic: string): boolean;
};

/** The topic lists of an account. A list entry that is not a legal filter grants nothing. */
export type Grants = {
  publish: readonly string[];
  subscribe: readonly string[];
  retain: readonly string[];
  will?: readonly string[];
};

/** Turns the lists of an account into questions that are cheap to ask for every message. */
export function compileRights(grants: Grants): Rights {
  const publish = grants.publish.filter(isFilter);
  const subscribe = grants.subscribe.filter(isFilter);
  const retain = grants.retain.filter(isFilter);
  const will = (grants.will ?? grants.publish).filter(isFilter);
  const within = (filters: readonly string[], text: string) => filters.some((filter) => contains(filter, text));
  return {
    mayPublish: remembered((topic) => isTopic(topic) && within(publish, topic)),
    mayRetain: remembered((topic) => isTopic(topic) && within(retain, topic)),
    mayWill: (topic) => isTopic(topic) && within(will, topic) && within(publish, topic),
    maySubscribe: (filter) => isFilter(filter) && within(subscribe, filter),
    mayReceive: remembered((topic) => isTopic(topic) && within(subscribe, topic)),
  };
}

/** Remembers only what was allowed: a refusal ends the connection, and refused topics could be of any length. */
function remembered(decide: (topic: string) => boolean): (topic: string) => boolean {
  let allowed: Set<string> | undefined;
  return (topic) => {
    if (allowed?.has(topic)) return true;
    if (!decide(topic)) return false;
    if (allowed === undefined || allowed.size >= answersMax) allowed = new Set();
    allowed.add(topic);
    return true;
  };
}
