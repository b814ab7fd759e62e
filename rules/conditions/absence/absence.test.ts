import { expect, test } from 'vitest';
import { playStory, type Story, transitionsOf } from '../../engine/story.ts';
import silence from './cases/silence.json' with { type: 'json' };

for (const story of [...silence] as unknown as Story[]) {
  test(`absence: ${story.story}`, () => {
    const transitions = transitionsOf(playStory(story));
    expect(transitions.map(({ rule, kind, atMs }) => ({ rule, kind, atMs }))).toHaveLength(story.expect.length);
    expect(transitions).toMatchObject(story.expect);
  });
}
