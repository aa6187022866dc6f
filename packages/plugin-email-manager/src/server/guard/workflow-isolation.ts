import type { Application } from '@nocobase/server';
import { withoutAccess } from './trusted';

type Method = (...values: unknown[]) => unknown;

interface WorkflowPlugin {
  createProcessor?: (...values: unknown[]) => Record<string, unknown>;
}

const ISOLATED = Symbol.for('@nocobase/plugin-email-manager:isolated');

/**
 * Runs the nodes of every workflow without access to mail. A workflow may be started inside a person's request, or by
 * an event of our own writing; it would then read with that person's eyes, or with ours, and whoever designed it could
 * keep what it read.
 */
export function isolateWorkflows(app: Application): void {
  const workflows = app.pm.get('workflow') as unknown as (WorkflowPlugin & { [ISOLATED]?: boolean }) | undefined;
  const create = workflows?.createProcessor?.bind(workflows);
  if (!workflows || !create || workflows[ISOLATED]) return;
  workflows[ISOLATED] = true;
  workflows.createProcessor = (...values) => {
    const processor = create(...values);
    for (const name of ['start', 'resume', 'rerun', 'exec', 'run']) {
      const method = processor[name];
      if (typeof method !== 'function') continue;
      processor[name] = (...input: unknown[]) =>
        withoutAccess('workflow', () => (method as Method).apply(processor, input));
    }
    return processor;
  };
}
