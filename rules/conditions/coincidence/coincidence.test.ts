import { expect, test } from 'vitest';
import { playStory, type Story, transitionsOf } from '../../engine/story.ts';
import agreement from './cases/agreement.json' with { type: 'json' };

for (const story of [...agreement] as unknown as Story[]) {
  test(`coincidence: ${story.story}`, () => {
    const transitions = transitionsOf(playStory(story));
    expect(transitions.map(({ rule, kind, atMs }) => ({ rule, kind, atMs }))).toHaveLength(story.expect.length);
    expect(transitions).toMatchObject(story.expect);
  });
}
