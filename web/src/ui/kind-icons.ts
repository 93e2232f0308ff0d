import type { FluentIcon } from "@fluentui/react-icons";

import { categoryOf, isCategory, type Category } from "../lib/vocabulary";
import * as icon from "./icons";

const KIND_ICONS: Record<string, FluentIcon> = {
  AiService: icon.BrainCircuitRegular, AiProject: icon.BeakerRegular, ModelDeployment: icon.CubeTreeRegular,
  Model: icon.MoleculeRegular, Agent: icon.BotRegular, Tool: icon.WrenchRegular, McpServer: icon.PlugConnectedRegular,
  KnowledgeBase: icon.BookDatabaseRegular, VectorIndex: icon.DataTrendingRegular, Guardrail: icon.ShieldCheckmarkRegular,
  Prompt: icon.PromptRegular, Dataset: icon.DocumentTableRegular, TrainingJob: icon.HatGraduationRegular,
  Notebook: icon.NotebookRegular, Pipeline: icon.PipelineRegular,
  ObjectStore: icon.StorageRegular, Database: icon.DatabaseRegular, Table: icon.TableSimpleRegular,
  FileShare: icon.FolderPeopleRegular, SearchIndex: icon.DocumentSearchRegular, Cache: icon.FlashRegular,
  Queue: icon.LayerRegular,
  VirtualMachine: icon.DesktopRegular, Container: icon.CubeRegular, Workload: icon.BoxMultipleRegular,
  Function: icon.FlashRegular, WebApp: icon.WindowAppsRegular, Cluster: icon.ServerRegular,
  User: icon.PersonRegular, Group: icon.PeopleTeamRegular, ServiceIdentity: icon.PersonKeyRegular,
  Role: icon.CertificateRegular, Key: icon.KeyRegular,
  Internet: icon.GlobeRegular, PublicIp: icon.LocationRippleRegular, LoadBalancer: icon.ArrowSplitRegular,
  Gateway: icon.RouterRegular, Network: icon.VirtualNetworkRegular, Subnet: icon.NetworkCheckRegular,
  FirewallRules: icon.ShieldKeyholeRegular, PrivateEndpoint: icon.LockClosedRegular,
  Repository: icon.BranchRegular, SourceFile: icon.CodeBlockRegular, Library: icon.LibraryRegular,
  ContainerImage: icon.LayerRegular, ModelFile: icon.DocumentRegular, Secret: icon.KeyRegular,
  Tenant: icon.OrganizationRegular, ManagementGroup: icon.OrganizationRegular, Environment: icon.CloudRegular,
  ResourceGroup: icon.FolderRegular,
};

const CATEGORY_ICONS: Record<Category, FluentIcon> = {
  AI: icon.SparkleRegular, Data: icon.DatabaseRegular, Compute: icon.ServerRegular, Identity: icon.PeopleRegular,
  Network: icon.GlobeRegular, Code: icon.CodeRegular, Organisation: icon.OrganizationRegular,
};

/** The icon of an asset kind or category. */
export function kindIcon(kind: string): FluentIcon {
  return KIND_ICONS[kind] ?? (isCategory(kind) ? CATEGORY_ICONS[kind] : icon.CircleRegular);
}

/** The CSS colour of a kind's category: the same in tables and graphs. */
export function kindColor(kind: string): string {
  const category = categoryOf(kind) ?? (isCategory(kind) ? kind : "Organisation");
  return `var(--category-${category.toLowerCase()})`;
}
