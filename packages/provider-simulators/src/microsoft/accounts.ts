import { addMicrosoftAccount } from './graph/accounts';
import type { MicrosoftAccountOptions } from './graph/accounts';
import { newTenant } from './identity/directory';
import type { SimulatorState } from './simulator-state';
import { PERSONAL_TENANT } from './state';
import type { MicrosoftAccount } from './state';

/**
 * Adds an account; without a tenant it gets the one that has the domain of its address, else it is a personal one. A tenant that
 * nobody described exists from now on, under that domain.
 */
export function addAccount(state: SimulatorState, options: MicrosoftAccountOptions): MicrosoftAccount {
  const { tenants } = state.identity;
  const domain = options.address.slice(options.address.indexOf('@') + 1).toLowerCase();
  const known = [...tenants.values()].find((t) => t.domains.includes(domain));
  const tenantId = options.tenantId ?? known?.id ?? (options.kind === 'work' ? undefined : PERSONAL_TENANT);
  const account = addMicrosoftAccount(state, { ...options, ...(tenantId === undefined ? {} : { tenantId }) });
  if (!tenants.has(account.tenantId)) {
    tenants.set(account.tenantId, newTenant({ id: account.tenantId, name: domain, domains: [domain] }));
  }
  return account;
}
