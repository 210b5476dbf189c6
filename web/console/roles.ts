import type { Role } from '../protocol/types';

const ranks: Record<Role, number> = { agent: 0, supervisor: 1, administrator: 2, owner: 3 };

export const atLeast = (role: Role, least: Role): boolean => ranks[role] >= ranks[least];
