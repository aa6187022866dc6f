import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { rspack } from '@rspack/core';
import { CLIENT_HOST_MODULES, OTHER_PLUGIN_CLIENT } from './host-modules.mjs';

/** Every NocoBase page loads the entry; pages, drawers and models are lazy chunks. */
const ENTRY_LIMIT_BYTES = 20_000;

function laneConfig({ root, outDir, name, lane, amdId }) {
  return {
    name: lane,
    mode: 'production',
    devtool: false,
    context: root,
    target: ['web', 'es2020'],
    amd: {},
    entry: { index: ['./tools/public-path.js', `./src/${lane}/index.tsx`] },
    output: {
      path: path.join(outDir, lane),
      filename: '[name].js',
      chunkFilename: '[name].[contenthash].js',
      publicPath: 'auto',
      clean: true,
      // The chunk global: both bundles may be on one page, and equal names would clash.
      uniqueName: amdId,
      library: { name: amdId, type: 'umd', umdNamedDefine: true },
    },
    resolve: { extensions: ['.tsx', '.ts', '.js', '.json'] },
    externals: [
      ({ request }, callback) =>
        CLIENT_HOST_MODULES.includes(request) || OTHER_PLUGIN_CLIENT.test(request)
          ? callback(null, request)
          : callback(),
    ],
    module: {
      rules: [
        {
          test: /\.[jt]sx?$/,
          exclude: /node_modules/,
          loader: 'builtin:swc-loader',
          options: {
            jsc: {
              parser: { syntax: 'typescript', tsx: true, decorators: true },
              transform: { react: { runtime: 'automatic' }, legacyDecorator: true },
              target: 'es2020',
            },
          },
        },
      ],
    },
    plugins: [
      new rspack.DefinePlugin({
        'process.env.NODE_ENV': '"production"',
        __PLUGIN_NAME__: JSON.stringify(name),
        __LANE__: JSON.stringify(lane),
      }),
    ],
  };
}

function bundledFilesOf(stats) {
  const files = [];
  const visit = (modules = []) => {
    for (const module of modules) {
      if (module.nameForCondition) files.push(module.nameForCondition);
      visit(module.modules);
    }
  };
  for (const child of stats.toJson({ all: false, modules: true, nestedModules: true, modulesSpace: Infinity })
    .children) {
    visit(child.modules);
  }
  return files;
}

/**
 * Builds `dist/client` (URL /) and `dist/client-v2` (URL /v/), both UMD with a fixed AMD name.
 * Returns the files that went into them and the gzip size of each entry in bytes.
 */
export async function buildClients({ root, outDir, name }) {
  const lanes = [
    { lane: 'client', amdId: name },
    { lane: 'client-v2', amdId: `${name}/client-v2` },
  ];
  const stats = await new Promise((resolve, reject) => {
    rspack(
      lanes.map((lane) => laneConfig({ root, outDir, name, ...lane })),
      (error, result) => {
        if (error) reject(error);
        else if (result.hasErrors()) reject(new Error(result.toString({ all: false, errors: true })));
        else resolve(result);
      },
    );
  });
  const entryBytes = {};
  for (const { lane } of lanes) {
    entryBytes[lane] = zlib.gzipSync(fs.readFileSync(path.join(outDir, lane, 'index.js'))).length;
    if (entryBytes[lane] > ENTRY_LIMIT_BYTES) {
      throw new Error(
        `The ${lane} entry is ${entryBytes[lane]} bytes gzipped; every NocoBase page loads it, so ${ENTRY_LIMIT_BYTES} is the limit. ` +
          'Load pages and components with import().',
      );
    }
  }
  return { files: bundledFilesOf(stats), entryBytes };
}
