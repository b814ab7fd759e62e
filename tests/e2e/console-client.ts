/** A person at the console's API: the first user by set-up code, log-in, and questions as the page asks them. */
export type ConsoleClient = {
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
  post<T>(path: string, body: object): Promise<{ status: number; body: T }>;
  cookie(): string;
};

export const person = { name: 'night-desk', password: 'a long night at the desk' };

/** Makes the first user with the set-up code, or logs in when there is one already. */
export async function openConsole(port: number, setupCode?: string): Promise<ConsoleClient> {
  const origin = `http://127.0.0.1:${port}`;
  let cookie = '';
  const headers = () => ({
    origin,
    'x-tocsin-console': '1',
    'content-type': 'application/json',
    ...(cookie ? { cookie } : {}),
  });
  const post = async <T>(path: string, body: object) => {
    const response = await fetch(`${origin}${path}`, {
      method: 'POST',
      headers: headers(),
      body: JSON.stringify(body),
    });
    const set = response.headers.getSetCookie()[0];
    if (set) cookie = set.split(';')[0]!;
    return { status: response.status, body: (await response.json()) as T };
  };
  const asked =
    setupCode === undefined
      ? await post('/api/session', person)
      : await post('/api/setup', { code: setupCode, ...person });
  if (asked.status >= 300) throw new Error(`Log-in answered ${asked.status}: ${JSON.stringify(asked.body)}`);
  const read = async (path: string) => {
    const response = await fetch(`${origin}${path}`, { headers: { cookie } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  return {
    get: async <T>(path: string) => (await (await read(path)).json()) as T,
    text: async (path) => (await read(path)).text(),
    post,
    cookie: () => cookie,
  };
}
