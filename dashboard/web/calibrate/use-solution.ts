import { useEffect, useMemo, useState } from 'react';
import { type Draft, drawnZones, measuredPoints } from './draft.ts';
import { type View, viewOf } from './geometry.ts';
import { server } from './server.ts';
import type { Size, Solution, Solved, SolveRequest } from './words.ts';

/** Long enough that a drag asks a few times a second, short enough to feel at once. */
const pauseMs = 120;
const pointsMin = 4;

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

export type Solving = {
  /** What the server would be asked, and will be told to save. */
  request: SolveRequest;
  /** The last answer, perhaps of a draft a moment ago; absent while fewer than four points are measured. */
  solution?: Solution | undefined;
  solved?: Solved | undefined;
  /** How to draw the ground; stays while a correction is being solved. */
  view?: View | undefined;
  /** Residuals by the key of the point; only when they are of the points as they are. */
  errors: Map<number, { errorM: number; leaveOneOutM?: number }>;
  isStale: boolean;
  trouble?: string | undefined;
};

/** Asks the server what the draft means, a moment after each change; an older question is dropped. */
export function useSolution(draft: Draft, sizes: { picture: Size; input: Size }): Solving {
  const { picture, input } = sizes;
  const { request, keys } = useMemo(() => {
    const points = measuredPoints(draft);
    return {
      request: {
        points: points.map(({ key: _key, ...point }) => point),
        zones: drawnZones(draft),
        picture: sizeOf(picture),
        input: sizeOf(input),
      },
      keys: points.map(({ key }) => key),
    };
  }, [draft, picture, input]);
  const [answer, setAnswer] = useState<{ of: SolveRequest; keys: number[]; solution: Solution }>();
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    if (request.points.length < pointsMin) {
      setAnswer(undefined);
      return;
    }
    const stopped = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const solution = await server.solve(request, stopped.signal);
        if (stopped.signal.aborted) return;
        setAnswer({ of: request, keys, solution });
        setTrouble(undefined);
      } catch (error) {
        if (!stopped.signal.aborted) setTrouble((error as Error).message);
      }
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      stopped.abort();
    };
  }, [request, keys]);
  return useMemo(() => {
    const solution = answer?.solution;
    const solved = solution?.ok ? solution : undefined;
    const view = solved && viewOf(solved.toGround, solved.toPicture, answer!.of);
    const errors = new Map(solved ? answer!.keys.map((key, index) => [key, solved.points[index]!]) : []);
    return { request, solution, solved, view, errors, isStale: answer?.of !== request, trouble };
  }, [request, answer, trouble]);
}
