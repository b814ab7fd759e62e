/** Style sheets that Vite collects; importing one has no value. */
declare module '*.css';
