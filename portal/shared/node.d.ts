/* The one function of Node that vite.config.ts uses; the pages themselves never see Node. */
declare module "node:url" {
	export function fileURLToPath(url: URL): string;
}
