import { addMicrosoftAccount } from './graph/accounts';
import type { MicrosoftAccountOptions } from './graph/accounts';
import type { SimulatorState } from './simulator-state';
import { PERSONAL_TENANT } from './state';
import type { MicrosoftAccount } from './state';

/** Adds an account; without a tenant it gets the one that has the domain of its address, else it is a personal one. */
export function addAccount(state: SimulatorState, options: MicrosoftAccountOptions): MicrosoftAccount {
  if (options.tenantId !== undefined || options.kind !== undefined) return addMicrosoftAccount(state, options);
  const domain = options.address.slice(options.address.indexOf('@') + 1).toLowerCase();
  const tenant = [...state.identity.tenants.values()].find((t) => t.domains.includes(domain));
  return addMicrosoftAccount(state, { ...options, tenantId: tenant?.id ?? PERSONAL_TENANT });
}
