// NocoBase's client packages have no usable types in the registry: these declarations name just what the plugin uses.
// They are checked against the real host only by the browser tests.

declare module '@nocobase/flow-engine' {
  import type { FC, ReactNode } from 'react';

  export interface FlowContext {
    app: any;
    t(key: string, options?: object): string;
    [name: string]: any;
  }
  export interface FlowEngine {
    context: FlowContext;
    registerModelLoaders(models: Record<string, { extends?: string; loader: () => Promise<unknown> }>): void;
  }
  export function useFlowEngine(): FlowEngine;
  export function useFlowContext<T = FlowContext>(): T;
  export function tExpr(key: string, options?: object): string;
  export function observer<P>(component: FC<P>, options?: object): FC<P>;
  export const observable: { deep<T>(value: T): T; ref<T>(value: T): { value: T } };
  export class FlowModel {
    props: any;
    context: FlowContext;
    uid: string;
    hidden: boolean;
    setProps(props: object): void;
    render(): ReactNode;
    static define(meta: object): void;
    static registerFlow(flow: object): void;
  }
}

declare module '@nocobase/client-v2' {
  import type { ReactNode } from 'react';
  import { type FlowEngine, FlowModel } from '@nocobase/flow-engine';

  export class Plugin {
    app: any;
    router: any;
    pluginSettingsManager: any;
    flowEngine: FlowEngine;
    t(key: string, options?: object): string;
    afterAdd(): Promise<void>;
    beforeLoad(): Promise<void>;
    load(): Promise<void>;
  }
  export class BlockModel extends FlowModel {
    renderComponent(): ReactNode;
  }
  export class ActionModel extends FlowModel {
    static scene: unknown;
    defaultProps: any;
  }
  export class TopbarActionModel extends FlowModel {
    sort: number;
    actionId?: string;
    tooltip: string;
    icon: ReactNode;
  }
  export const ActionSceneEnum: { collection: unknown; record: unknown; both: unknown; all: unknown };
}

declare module '@nocobase/client' {
  import type { FC } from 'react';

  export { Plugin } from '@nocobase/client-v2';
  export const PinnedPluginListProvider: FC<any>;
  export const SchemaComponentOptions: FC<any>;
}
