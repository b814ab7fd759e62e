import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerChallenge, chooseChallenge, parseChallenges } from './digest.ts';

const choose = (...values: string[]) => chooseChallenge(parseChallenges(values));

/** RFC 7616 §3.9.1, both challenges in the words of the standard. */
const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
const opaque = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';
const realm = 'http-auth@example.org';
const asked = (algorithm: string) =>
  `Digest realm="${realm}", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`;
const login = { username: 'Mufasa', password: 'Circle of Life' };
const use = {
  method: 'GET',
  path: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

describe('answers', () => {
  test.each([
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ])('Digest with %s is that of the example in RFC 7616', (algorithm, response) => {
    const answer = answerChallenge(choose(asked(algorithm))!, login, use);
    expect(answer).toContain(`response="${response}"`);
    for (const part of ['qop=auth', 'nc=00000001', `algorithm=${algorithm}`, `opaque="${opaque}"`])
      expect(answer).toContain(part);
  });

  test('the old Digest without qop is that of the example in RFC 2069 (with its erratum)', () => {
    const old = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"';
    const mufasa = { username: 'Mufasa', password: 'CircleOfLife' };
    const answer = answerChallenge(choose(old)!, mufasa, use);
    expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(answer).not.toMatch(/qop|nc=|cnonce/);
  });

  test('a session algorithm mixes the nonces into the secret', () => {
    const answer = answerChallenge(choose(asked('MD5-sess'))!, login, use);
    expect(answer).toContain('algorithm=MD5-sess');
    expect(answer).not.toContain('8ca523f5e9506fed4657c9700eebdbec');
  });

  test('Basic is that of the example in RFC 7617', () => {
    const answer = answerChallenge(
      choose('Basic realm="WallyWorld"')!,
      { username: 'Aladdin', password: 'open sesame' },
      use,
    );
    expect(answer).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  });
});

describe('choice', () => {
  test('the strongest Digest wins over Basic, in one header or in several, wherever it stands', () => {
    expect(choose('Basic realm="x"', asked('MD5'), asked('SHA-256'))?.parameters.get('algorithm')).toBe('SHA-256');
    expect(choose(`Basic realm="a, b", ${asked('MD5')}`)?.parameters.get('nonce')).toBe(nonce);
  });

  test('what is not spoken here is passed over', () => {
    expect(choose(asked('SHA-512-256'), 'Negotiate', 'Bearer realm="x"')).toBeUndefined();
    expect(choose('Digest realm="x", nonce="y", qop="auth-int"')).toBeUndefined();
    expect(choose(asked('TOKEN'), 'Basic realm="x"')?.scheme).toBe('basic');
  });

  test('any header at all is survived', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 200 })), (values) => {
        const chosen = choose(...values.map((text) => `Digest nonce="n",${text}`));
        if (chosen !== undefined) expect(answerChallenge(chosen, login, use)).toMatch(/^(Digest|Basic) /);
      }),
    );
    expect(choose(`Basic ${'x'.repeat(5000)}`)).toBeUndefined();
  });
});
