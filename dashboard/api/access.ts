import { Fault, type FaultCode } from '@tocsin/contracts';
import type { FastifyRequest } from 'fastify';
import { type Role, roles, type User } from './users/accounts.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the session was checked. */
    user: User | undefined;
    /** The opaque id that came in the cookie. */
    sessionId: string | undefined;
  }
}

/** The person behind a request, who must have at least this role. Throws LOGIN_REQUIRED or NOT_ALLOWED. */
export function personOf(request: FastifyRequest, role: Role = 'viewer'): User {
  const { user } = request;
  if (!user) throw new Fault('LOGIN_REQUIRED', 'There is no valid session.');
  if (roles.indexOf(user.role) < roles.indexOf(role)) {
    throw new Fault('NOT_ALLOWED', `This needs the role ${role}.`, { remedy: 'Ask an admin.' });
  }
  return user;
}

/** True when the site exists for this person. */
export function sees(user: User, site: string): boolean {
  return user.sites === undefined || user.sites.includes(site);
}

/** Refuses a site that does not exist for this person exactly as one that does not exist at all. */
export function demandSite(user: User, site: string, code: FaultCode = 'NOT_FOUND'): void {
  if (!sees(user, site)) throw new Fault(code, '');
}

/** Refuses a person who may see some sites only: what is asked for cannot be told apart by site. */
export function demandAllSites(user: User): void {
  if (user.sites) throw new Fault('NOT_ALLOWED', 'This shows every site.', { remedy: 'Ask an admin.' });
}
