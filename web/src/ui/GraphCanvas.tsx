import cytoscape, { type Core, type ElementDefinition, type LayoutOptions, type StylesheetJson } from "cytoscape";
import dagre from "cytoscape-dagre";
import { type RefObject, useEffect, useRef } from "react";

import { useTheme } from "../app/theme";
import { distancesFrom, type Drawing } from "../lib/graph";
import { kindOfLabels } from "../lib/vocabulary";
import { KindIcon } from "./Asset";
import css from "./graph.module.css";
import { kindColor } from "./kind-icons";

cytoscape.use(dagre);

/** Zooms by a factor; 0 shows all. */
export type Zoom = (factor: number) => void;

type Props = {
  zoom: RefObject<Zoom | null>;
  shown: Drawing; names: ReadonlyMap<string, string>; layout: "layered" | "around"; root?: string; selected: string | null;
  onSelect: (id: string) => void; label: string;
};

/** Draws with Cytoscape; loaded only where a graph is shown. */
export default function GraphCanvas({ zoom, shown, names, layout, root, selected, onSelect, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const sprites = useRef<HTMLDivElement>(null);
  const graph = useRef<Core | null>(null);
  const select = useRef(onSelect);
  const { name: theme } = useTheme();
  const kinds = [...new Set(shown.nodes.map((node) => kindOfLabels(node.labels)))];
  useEffect(() => {
    select.current = onSelect;
  });

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const style = getComputedStyle(element);
    const color = (value: string) => value.replace(/var\((--[\w-]+)\)/, (_, name: string) => style.getPropertyValue(name).trim());
    const icons = new Map([...(sprites.current?.children ?? [])].map((sprite) => {
      const kind = sprite.getAttribute("data-kind") ?? "";
      return [kind, iconAddress(sprite.innerHTML, color(kindColor(kind)))];
    }));
    const elements: ElementDefinition[] = [
      ...shown.nodes.map((node): ElementDefinition => {
        const kind = kindOfLabels(node.labels);
        return {
          data: { id: node.id, label: shorten(names.get(node.id) ?? ""), icon: icons.get(kind) ?? "none", color: color(kindColor(kind)) },
          classes: [node.id === root ? "root" : "", node.id.startsWith("group:") ? "group" : ""].join(" "),
        };
      }),
      ...shown.relations.map((relation, index): ElementDefinition => ({
        data: { id: `relation ${index}`, source: relation.source, target: relation.target, label: relation.type === "SEEN_AT" ? "" : relation.type.toLowerCase().replaceAll("_", " ") },
      })),
    ];
    const made = cytoscape({
      container: element, elements, style: styleSheet(color, style.fontFamily), minZoom: 0.25, maxZoom: 2.2,
      layout: layoutOf(layout, root, shown), boxSelectionEnabled: false, autounselectify: true,
      // The wheel scrolls the page; zooming has its buttons, and two fingers.
      userZoomingEnabled: false,
    });
    show(made, root);
    zoom.current = (factor) => {
      if (factor === 0) made.fit(undefined, PADDING);
      else made.zoom({ level: made.zoom() * factor, renderedPosition: { x: made.width() / 2, y: made.height() / 2 } });
    };
    made.on("tap", "node", (event) => select.current((event.target as cytoscape.NodeSingular).id()));
    made.on("mouseover", "node", () => void (element.style.cursor = "pointer"));
    made.on("mouseout", "node", () => void (element.style.cursor = ""));
    graph.current = made;
    const watcher = new ResizeObserver(() => {
      made.resize();
      show(made, root);
    });
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      graph.current = null;
      zoom.current = null;
    };
  }, [shown, names.size, layout, root, theme, zoom]); // eslint-disable-line react-hooks/exhaustive-deps -- `names` follows `shown`

  useEffect(() => {
    graph.current?.nodes().removeClass("selected");
    if (selected !== null) graph.current?.getElementById(selected).addClass("selected");
  }, [selected, shown, theme]);

  return (
    <>
      <div ref={sprites} hidden>{kinds.map((kind) => <span key={kind} data-kind={kind}><KindIcon kind={kind} /></span>)}</div>
      <div ref={place} className={css.canvas} role="img" aria-label={`${label}; the button above shows it as a list`} />
    </>
  );
}

const PADDING = 28;

/** All of the graph where it can be read so, else its root at a size at which labels read. */
function show(graph: Core, root: string | undefined): void {
  graph.fit(undefined, PADDING);
  if (graph.zoom() > 1.15) {
    graph.zoom(1.15);
    graph.center();
  } else if (graph.zoom() < 0.7) {
    graph.zoom(0.7);
    const middle = root === undefined ? graph.nodes() : graph.getElementById(root);
    graph.center(middle.nonempty() ? middle : graph.nodes());
  }
}

const shorten = (name: string) => (name.length > 30 ? `${name.slice(0, 17)}…${name.slice(-11)}` : name);

function iconAddress(markup: string, color: string): string {
  const svg = markup.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"').replace(/style="[^"]*"/, "").replace(/\b(width|height)="1em"/g, '$1="40"')
    .replaceAll("currentColor", color);
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
}

function layoutOf(layout: "layered" | "around", root: string | undefined, { nodes, relations }: Drawing): LayoutOptions {
  if (layout === "layered") {
    // nodeSep and rankSep leave room for two lines of label at 100 %.
    return { name: "dagre", rankDir: "LR", nodeSep: 36, rankSep: 118, fit: true, padding: PADDING } as LayoutOptions;
  }
  const distances = distancesFrom(root, relations);
  return {
    name: "concentric", fit: true, padding: PADDING, minNodeSpacing: nodes.length > 12 ? 44 : 56, avoidOverlap: true, startAngle: -Math.PI / 4,
    // Rings by distance from the root.
    concentric: (node) => -(distances.get(node.id()) ?? 9), levelWidth: () => 1,
  };
}

function styleSheet(color: (value: string) => string, font: string): StylesheetJson {
  const text = color("var(--colorNeutralForeground1)");
  const quiet = color("var(--colorNeutralForeground3)");
  const ground = color("var(--colorNeutralBackground1)");
  const line = color("var(--colorNeutralStroke1)");
  const brand = color("var(--colorBrandStroke1)");
  return [
    { selector: "node", style: {
      width: 40, height: 40, shape: "ellipse", "background-color": ground, "border-width": 1.5, "border-color": "data(color)",
      "background-image": "data(icon)", "background-width": "22px", "background-height": "22px", "background-fit": "none",
      label: "data(label)", color: text, "font-family": font, "font-size": 11.5, "text-valign": "bottom", "text-margin-y": 6,
      "text-wrap": "wrap", "text-max-width": "120px", "text-background-color": ground, "text-background-opacity": 0.85,
      "text-background-padding": "2px", "min-zoomed-font-size": 6,
    } },
    { selector: "node.root", style: { width: 50, height: 50, "border-width": 3, "background-width": "26px", "background-height": "26px", "font-weight": 600 } },
    { selector: "node.group", style: { "border-style": "double", "border-width": 5, shape: "round-rectangle" } },
    { selector: "node.selected", style: { "border-color": brand, "border-width": 4, "font-weight": 600 } },
    { selector: "edge", style: {
      width: 1.4, "line-color": line, "target-arrow-color": line, "target-arrow-shape": "triangle", "arrow-scale": 0.9,
      "curve-style": "bezier", label: "data(label)", "font-family": font, "font-size": 9.5, color: quiet, "text-rotation": "autorotate",
      "text-background-color": ground, "text-background-opacity": 0.92, "text-background-padding": "2px", "min-zoomed-font-size": 7,
    } },
  ] as StylesheetJson;
}
