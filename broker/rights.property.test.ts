import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, isFilter, isTopic, matches } from './rights.ts';

const names = ['a', 'b', 'c'];
const level = fc.constantFrom(...names);
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.constantFrom(...names, '+'), { minLength: 0, maxLength: 3 }), fc.boolean())
  .filter(([levels, open]) => levels.length > 0 || open)
  .map(([levels, open]) => [...levels, ...(open ? ['#'] : [])].join('/'));

/** Every topic of up to five levels over the names and one name that no filter says. */
const universe = (() => {
  let row = [''];
  const all: string[] = [];
  for (let depth = 0; depth < 5; depth += 1) {
    row = row.flatMap((head) => [...names, 'z'].map((name) => (head === '' ? name : `${head}/${name}`)));
    all.push(...row);
  }
  return all;
})();

/** Matching said another way: the filter as a regular expression. */
function expression(text: string): RegExp {
  const body = text.replace(/\/#$/, '(/.*)?').replace(/^#$/, '.*').replaceAll('+', '[^/]*');
  return new RegExp(`^${body}$`);
}

test('A filter matches exactly the topics that MQTT says it does.', () => {
  fc.assert(
    fc.property(filter, topic, (one, other) => matches(one, other) === expression(one).test(other)),
    { numRuns: 2000 },
  );
});

test('A filter lies within another exactly when every topic it matches is matched by the other.', () => {
  fc.assert(
    fc.property(filter, filter, (outer, inner) => {
      const [wide, narrow] = [expression(outer), expression(inner)];
      const truth = universe.every((one) => !narrow.test(one) || wide.test(one));
      // The one case in which the decision errs, on the safe side.
      if (outer === '+/#' && inner === '#') return !contains(outer, inner);
      return contains(outer, inner) === truth;
    }),
    { numRuns: 300 },
  );
});

test('Random text is a topic or a filter only when it is made of legal levels.', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.constantFrom('a', '/', '+', '#', '$', '.') }),
  );
  const legal = /^[A-Za-z0-9._-]{1,64}$/;
  fc.assert(
    fc.property(text, (one) => {
      const levels = one.split('/');
      const deep = levels.length > 16;
      expect(isTopic(one)).toBe(!deep && levels.every((name) => legal.test(name)));
      const fits = levels.every(
        (name, at) => legal.test(name) || name === '+' || (name === '#' && at === levels.length - 1),
      );
      expect(isFilter(one)).toBe(!deep && fits);
    }),
    { numRuns: 3000 },
  );
});
