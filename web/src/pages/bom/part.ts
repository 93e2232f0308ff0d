import type { BomPart } from "../../api/queries";

type Read = (name: string) => string;

/** The bill in view: the scope, or an asset of it, at a moment. */
export const newerPart = (read: Read): BomPart => ({ environment: read("scope"), asset: read("of"), at: read("at") });

/** The bill it is compared with. Where nothing is said of it, it is of the same part. */
export function olderPart(read: Read): BomPart {
  const environment = read("before_scope");
  return { environment: environment === "all" ? "" : environment || read("scope"), asset: read("before_of") || read("of"), at: read("before_at") };
}

/** A moment as a `datetime-local` field has it, in UTC, and back. */
export const toField = (at: string): string => (Number.isNaN(Date.parse(at)) ? "" : new Date(at).toISOString().slice(0, 19));
export const fromField = (text: string): string => (Number.isNaN(Date.parse(`${text}Z`)) ? "" : `${new Date(`${text}Z`).toISOString().slice(0, 19)}Z`);

/** Whether two bills are the same by what they are of. */
export const isSame = (a: BomPart, b: BomPart): boolean => a.environment === b.environment && a.asset === b.asset && a.at === b.at;
