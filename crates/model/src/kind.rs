use crate::named;

named! {
    /// What an asset is, whatever the provider calls it.
    AssetKind as "asset kind" {
        /// An account or endpoint that serves models: Azure AI services account, Bedrock in a region, Vertex AI.
        AiService = "AiService",
        /// A project or workspace: Foundry project, Azure ML workspace, SageMaker domain.
        AiProject = "AiProject",
        /// A model made callable: Azure OpenAI deployment, SageMaker endpoint, a served vLLM model.
        ModelDeployment = "ModelDeployment",
        /// A model, by the name its provider gives it.
        Model = "Model",
        /// An AI agent.
        Agent = "Agent",
        /// A tool an agent can call.
        Tool = "Tool",
        /// A Model Context Protocol server or gateway.
        McpServer = "McpServer",
        /// A retrieval knowledge base.
        KnowledgeBase = "KnowledgeBase",
        /// A vector store or index.
        VectorIndex = "VectorIndex",
        /// A content filter or guardrail.
        Guardrail = "Guardrail",
        /// A prompt or prompt template.
        Prompt = "Prompt",
        /// Training, fine-tuning or evaluation data.
        Dataset = "Dataset",
        /// A training or fine-tuning job.
        TrainingJob = "TrainingJob",
        /// A notebook file or notebook instance.
        Notebook = "Notebook",
        /// A machine learning pipeline or flow.
        Pipeline = "Pipeline",
        /// A bucket or storage account or container.
        ObjectStore = "ObjectStore",
        /// A database.
        Database = "Database",
        /// A table.
        Table = "Table",
        /// A file share.
        FileShare = "FileShare",
        /// A search service or index.
        SearchIndex = "SearchIndex",
        /// A cache.
        Cache = "Cache",
        /// A queue.
        Queue = "Queue",
        /// A virtual machine or a training/inference compute node.
        VirtualMachine = "VirtualMachine",
        /// A container.
        Container = "Container",
        /// A workload in a cluster: Deployment, StatefulSet, InferenceService, ECS service.
        Workload = "Workload",
        /// A serverless function.
        Function = "Function",
        /// A web application.
        WebApp = "WebApp",
        /// A cluster.
        Cluster = "Cluster",
        /// A person.
        User = "User",
        /// A group.
        Group = "Group",
        /// A workload's identity: managed identity, service account, instance profile's role.
        ServiceIdentity = "ServiceIdentity",
        /// A role.
        Role = "Role",
        /// An encryption key or an access key.
        Key = "Key",
        /// The internet: one node, id `internet`.
        Internet = "Internet",
        /// A public IP address.
        PublicIp = "PublicIp",
        /// A load balancer, ingress or service of type LoadBalancer.
        LoadBalancer = "LoadBalancer",
        /// An API gateway.
        Gateway = "Gateway",
        /// A virtual network.
        Network = "Network",
        /// A subnet.
        Subnet = "Subnet",
        /// A security group or firewall.
        FirewallRules = "FirewallRules",
        /// A private endpoint.
        PrivateEndpoint = "PrivateEndpoint",
        /// A code repository or scanned folder.
        Repository = "Repository",
        /// A source file.
        SourceFile = "SourceFile",
        /// A software library.
        Library = "Library",
        /// A container image.
        ContainerImage = "ContainerImage",
        /// A file with a model's weights.
        ModelFile = "ModelFile",
        /// A secret in a vault or, by its fingerprint only, in code.
        Secret = "Secret",
        /// A tenant or organisation.
        Tenant = "Tenant",
        /// A management group, organisational unit or folder.
        ManagementGroup = "ManagementGroup",
        /// A subscription, account, project or cluster.
        Environment = "Environment",
        /// A resource group.
        ResourceGroup = "ResourceGroup",
    }
}

named! {
    /// The group an [`AssetKind`] belongs to.
    Category as "category" {
        /// Artificial intelligence and machine learning.
        Ai = "AI",
        /// Data stores.
        Data = "Data",
        /// What runs code.
        Compute = "Compute",
        /// Who acts.
        Identity = "Identity",
        /// What connects.
        Network = "Network",
        /// Code and artifacts.
        Code = "Code",
        /// The organisation's own tree.
        Organisation = "Organisation",
    }
}

impl AssetKind {
    /// The group it belongs to; in queries a label beside the kind.
    #[must_use]
    pub const fn category(self) -> Category {
        use AssetKind as K;
        match self {
            K::AiService
            | K::AiProject
            | K::ModelDeployment
            | K::Model
            | K::Agent
            | K::Tool
            | K::McpServer
            | K::KnowledgeBase
            | K::VectorIndex
            | K::Guardrail
            | K::Prompt
            | K::Dataset
            | K::TrainingJob
            | K::Notebook
            | K::Pipeline => Category::Ai,
            K::ObjectStore
            | K::Database
            | K::Table
            | K::FileShare
            | K::SearchIndex
            | K::Cache
            | K::Queue => Category::Data,
            K::VirtualMachine
            | K::Container
            | K::Workload
            | K::Function
            | K::WebApp
            | K::Cluster => Category::Compute,
            K::User | K::Group | K::ServiceIdentity | K::Role | K::Key => Category::Identity,
            K::Internet
            | K::PublicIp
            | K::LoadBalancer
            | K::Gateway
            | K::Network
            | K::Subnet
            | K::FirewallRules
            | K::PrivateEndpoint => Category::Network,
            K::Repository
            | K::SourceFile
            | K::Library
            | K::ContainerImage
            | K::ModelFile
            | K::Secret => Category::Code,
            K::Tenant | K::ManagementGroup | K::Environment | K::ResourceGroup => {
                Category::Organisation
            }
        }
    }
}

named! {
    /// What one asset is to another; read `source KIND target`.
    RelationKind as "relation kind" {
        /// Parent to child: account contains deployment, repository contains file.
        Contains = "CONTAINS",
        /// Deployment to model.
        Deploys = "DEPLOYS",
        /// Workload to deployment, agent to model, code to service.
        Uses = "USES",
        /// Agent or knowledge base to the data that answers are drawn from.
        GroundedOn = "GROUNDED_ON",
        /// Model or training job to its data.
        TrainedOn = "TRAINED_ON",
        /// Service or index to where it keeps data.
        Stores = "STORES",
        /// Fine-tuned model to its base; training job's output to the job.
        DerivedFrom = "DERIVED_FROM",
        /// Compute or agent to the identity it acts as.
        RunsAs = "RUNS_AS",
        /// Identity to resource; properties `actions`, `via`.
        CanAccess = "CAN_ACCESS",
        /// User or identity to group.
        MemberOf = "MEMBER_OF",
        /// Internet, load balancer or gateway to what it leads to; properties `ports`, `via`.
        RoutesTo = "ROUTES_TO",
        /// Deployment or agent to guardrail.
        ProtectedBy = "PROTECTED_BY",
        /// Agent to tool.
        HasTool = "HAS_TOOL",
        /// Agent or tool to what it calls.
        Calls = "CALLS",
        /// Image to repository.
        BuiltFrom = "BUILT_FROM",
        /// Image, repository or model to library.
        DependsOn = "DEPENDS_ON",
        /// Workload to image.
        Runs = "RUNS",
        /// Asset to secret.
        HasSecret = "HAS_SECRET",
        /// Asset to where its logs go.
        LogsTo = "LOGS_TO",
        /// Asset to key.
        EncryptedWith = "ENCRYPTED_WITH",
        /// Asset to the file that declares or uses it; properties `path`, `line`.
        DefinedIn = "DEFINED_IN",
        /// Asset to network, subnet, firewall or private endpoint it is attached to.
        AttachedTo = "ATTACHED_TO",
    }
}
