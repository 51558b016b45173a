// The light build is the same player with less in it, and has no types of its own.
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
