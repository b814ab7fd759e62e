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

/** The topic lists of an account. A list entry that is not a legal filter grants nothing. */
export type Grants = {
  publish: readonly string[];
  subscribe: readonly string[];
  retain: readonly string[];
  will?: readonly string[];
};

/**
 * What one session may do, with the answers it was given. Sessions are many and mostly idle, so this is data, not
 * closures.
 */
export type Rights = Grants & { published?: Set<string>; retained?: Set<string>; received?: Set<string> };

/** The rights that an account grants now. */
export function rightsOf({ publish, subscribe, retain, will }: Grants): Rights {
  return { publish, subscribe, retain, will };
}

export function mayPublish(rights: Rights, topic: string): boolean {
  if (rights.published?.has(topic)) return true;
  if (!topicWithin(rights.publish, topic)) return false;
  rights.published = remember(rights.published, topic);
  return true;
}

export function mayRetain(rights: Rights, topic: string): boolean {
  if (rights.retained?.has(topic)) return true;
  if (!topicWithin(rights.retain, topic)) return false;
  rights.retained = remember(rights.retained, topic);
  return true;
}

export function mayReceive(rights: Rights, topic: string): boolean {
  if (rights.received?.has(topic)) return true;
  if (!topicWithin(rights.subscribe, topic)) return false;
  rights.received = remember(rights.received, topic);
  return true;
}

/** A will goes only where its account may publish, and where the account's list of wills says so if there is one. */
export function mayWill({ publish, will = publish }: Rights, topic: string): boolean {
  return topicWithin(publish, topic) && topicWithin(will, topic);
}

export function maySubscribe({ subscribe }: Rights, filter: string): boolean {
  return isFilter(filter) && within(subscribe, filter);
}

const topicWithin = (filters: readonly string[], topic: string) => isTopic(topic) && within(filters, topic);

function within(filters: readonly string[], text: string): boolean {
  return filters.some((filter) => isFilter(filter) && contains(filter, text));
}

/** Remembers only what was allowed: a refusal ends the connection, and refused topics could be of any length. */
function remember(answers: Set<string> | undefined, topic: string): Set<string> {
  return answers !== undefined && answers.size < answersMax ? answers.add(topic) : new Set([topic]);
}
