import { expect, test } from 'vitest';
import { playStory, type Story, transitionsOf } from '../../engine/story.ts';
import rates from './cases/rates.json' with { type: 'json' };

for (const story of [...rates] as unknown as Story[]) {
  test(`rate: ${story.story}`, () => {
    const transitions = transitionsOf(playStory(story));
    expect(transitions.map(({ rule, kind, atMs }) => ({ rule, kind, atMs }))).toHaveLength(story.expect.length);
    expect(transitions).toMatchObject(story.expect);
  });
}
