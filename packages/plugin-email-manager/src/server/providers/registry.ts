import type { ProviderName } from '../../shared/api';
import { googleModule } from './google/module';
import { microsoftModule } from './microsoft/module';
import type { ProviderModule } from './provider-module';

/** The providers in the order in which pages show them. */
export interface ProviderRegistry {
  readonly all: readonly ProviderModule[];
  of(name: ProviderName): ProviderModule;
  isName(name: unknown): name is ProviderName;
}

/** Limits and addresses are read from the environment when the plugin is loaded. */
export function createProviderRegistry(modules = [googleModule(), microsoftModule()]): ProviderRegistry {
  const byName = new Map(modules.map((module) => [module.name, module]));
  return {
    all: modules,
    of(name) {
      const module = byName.get(name);
      if (!module) throw new Error(`There is no provider module for ${name}.`);
      return module;
    },
    isName: (name): name is ProviderName => typeof name === 'string' && byName.has(name as ProviderName),
  };
}
