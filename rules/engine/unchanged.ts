const answer: { state: unknown } = { state: undefined };

/**
 * The answer of a step that changed nothing. One object serves every call, because the quiet path runs for each reading
 * and must not allocate; the engine reads it before it steps anything else.
 */
export function unchanged<State>(state: State): { state: State } {
  answer.state = state;
  return answer as { state: State };
}
