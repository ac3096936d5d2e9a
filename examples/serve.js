// Serves one of the pages here on an address of its own, its modules bundled anew at each load:
// `node serve.js react`, then `http://localhost:5173`. An application has its own tool for that (Vite, webpack, …).

import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const EXAMPLES = fileURLToPath(new URL(".", import.meta.url));

/** Serves the folder; port 0 picks a free one. Returns the page's address, and what ends it. */
export async function servePage(name, port = 5173) {
  const folder = `${EXAMPLES}${name}`;
  const bundler = await context({
    entryPoints: [`${folder}/main.js`],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    loader: { ".js": "jsx" },
    outdir: folder,
    // `seatwire` is a link to its sources here, which have frameworks of their own beside them: one is enough.
    // Vue's templates are compiled in the page.
    absWorkingDir: EXAMPLES,
    alias: { react: "./node_modules/react", vue: "./node_modules/vue/dist/vue.esm-bundler.js" },
    define: {
      "process.env.NODE_ENV": '"development"',
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    write: false,
    logLevel: "warning",
  });
  const served = await bundler.serve({ servedir: folder, port, host: "127.0.0.1" });
  return { url: `http://localhost:${served.port}`, close: () => bundler.dispose() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, port] = process.argv.slice(2);
  const { url } = await servePage(name, port === undefined ? undefined : Number(port));
  console.log(`${url}   (add ?server=http://… and &route=… for others than the first departure of http://localhost:3000)`);
}
