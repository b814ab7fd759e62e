import { expect, test } from 'vitest';
import { playStory, type Story, transitionsOf } from '../../engine/story.ts';
import late from './cases/late.json' with { type: 'json' };
import limits from './cases/limits.json' with { type: 'json' };
import missing from './cases/missing.json' with { type: 'json' };

for (const story of [...limits, ...missing, ...late] as unknown as Story[]) {
  test(`threshold: ${story.story}`, () => {
    const transitions = transitionsOf(playStory(story));
    expect(transitions.map(({ rule, kind, atMs }) => ({ rule, kind, atMs }))).toHaveLength(story.expect.length);
    expect(transitions).toMatchObject(story.expect);
  });
}
