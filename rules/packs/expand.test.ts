// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of a template look like this.
import { expect, test } from 'vitest';
import { expandPack, type Pack } from './expand.ts';

const pack: Pack = {
  pack: 'creek',
  about: 'Water levels.',
  facts: { type: 'object' } as Pack['facts'],
  models: [
    {
      $each: 'gauges',
      id: '${id}-${item.input.device}',
      type: 'level',
      input: '${item.input}',
      offsetM: '${item.offsetM}',
    },
    {
      $if: 'rain',
      id: '${id}-rain',
      type: 'rain',
      input: '${rain}',
      limits: [1, '${limit}', { $each: 'gauges', $value: '${index}:${item.input.channel}' }],
    },
  ],
  rules: [
    {
      id: '${id}-high',
      of: [{ $each: 'gauges', $value: '${id}-${item.input.device}' }],
      event: 'Creek ${id} at ${limit} m',
    },
  ],
};

test('rows and list entries repeat, whole references keep their type, missing ones drop their field', () => {
  const made = expandPack(pack, {
    pack: 'creek',
    id: 'north',
    limit: 2.5,
    rain: 'tip/depth',
    gauges: [{ input: 'g-1/stage' }, { input: 'g-2/stage', offsetM: 3 }],
  });
  expect(made).toEqual({
    models: [
      { id: 'north-g-1', type: 'level', input: 'g-1/stage' },
      { id: 'north-g-2', type: 'level', input: 'g-2/stage', offsetM: 3 },
      { id: 'north-rain', type: 'rain', input: 'tip/depth', limits: [1, 2.5, '0:stage', '1:stage'] },
    ],
    rules: [{ id: 'north-high', of: ['north-g-1', 'north-g-2'], event: 'Creek north at 2.5 m' }],
  });
});

test('what depends on a fact that is not given is left out', () => {
  const made = expandPack(pack, { pack: 'creek', id: 'x', gauges: [] });
  expect(made.models).toEqual([]);
  expect(made.rules).toEqual([{ id: 'x-high', of: [], event: 'Creek x at  m' }]);
});

test('text from a site stays text, even when it looks like a reference', () => {
  const made = expandPack(pack, { pack: 'creek', id: 'x', limit: '${id}', gauges: [] } as never);
  expect(made.rules[0]!.event).toBe('Creek x at ${id} m');
});

test('fields of objects that were not given are not found on their prototypes', () => {
  const made = expandPack(
    { ...pack, models: [], rules: [{ id: '${constructor}', a: '${id.length}', b: 'x' }] },
    { pack: 'creek', id: 'x' },
  );
  expect(made.rules).toEqual([{ b: 'x' }]);
});
