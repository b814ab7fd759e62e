/**
 * How many orders of people may leave for actuators before a second person has to look, so that neither a hurried person nor a bad script
 * cuts the power of 500 buildings (reliability.md, fault 59). Pure.
 */
export type OrderLimits = {
  /** The limits count what left within this time. */
  withinMs: number;
  perIssuer: number;
  /** Limit of each area; a site may lie in several, or in none. */
  perArea: number;
  allSites: number;
  areas: readonly { area: string; sites: readonly string[] }[];
  /** A second person releases at most `count` at a time, and waits `pauseMs` to see what came of them. */
  stage: { count: number; pauseMs: number };
};

/**
 * One site rarely has more than ten actuators, and one person can watch what ten acts do. Five hundred orders then take 25 stages of 30 s,
 * about 12 minutes and two people: judged, not measured.
 */
export const usualOrderLimits: OrderLimits = {
  withinMs: 600_000,
  perIssuer: 10,
  perArea: 20,
  allSites: 40,
  areas: [],
  stage: { count: 20, pauseMs: 30_000 },
};

/** An order that left within the time of the limits. */
export type LeftOrder = { issuer: string; site: string };

/** Why an order has to wait for a second person, or undefined when it may leave; `left` is what left within `withinMs`. */
export function excess(limits: OrderLimits, left: readonly LeftOrder[], order: LeftOrder): string | undefined {
  const { withinMs, perIssuer, perArea, allSites, areas } = limits;
  const within = `in ${Math.round(withinMs / 1000)} s`;
  const own = left.filter(({ issuer }) => issuer === order.issuer).length;
  if (own >= perIssuer) return `${order.issuer} gave ${own} orders ${within}, at most ${perIssuer} leave by themselves`;
  for (const { area, sites } of areas) {
    if (!sites.includes(order.site)) continue;
    const there = left.filter(({ site }) => sites.includes(site)).length;
    if (there >= perArea) return `${there} orders went to ${area} ${within}, at most ${perArea} leave by themselves`;
  }
  if (left.length < allSites) return undefined;
  return `${left.length} orders went to all sites ${within}, at most ${allSites} leave by themselves`;
}
