using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Plugins.Dicom.Backend;
using Mdm.Plugins.Dicom.Tests.Deidentification;

namespace Mdm.Plugins.Dicom.Tests.Backend;

/// <summary>The backend's promises, kept with a PACS of some make, by C-GET; below also by C-MOVE.</summary>
public abstract class DicomBackendContract<TPacs>(TPacs pacs) : StorageBackendContract, IClassFixture<TPacs>
    where TPacs : ContractPacs
{
    protected override IReadOnlyList<KnownObject> Known => ContractPacs.Known;

    protected override ArchiveObjectId Missing { get; } = new($"{Patient.Study}/{Patient.Series}/{Patient.Instance}.404");

    protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } = [new("one/two/three"), new("1.2.3"), new("1.2/1.3/1.4/1.5"), new("1.2/1.3/*")];

    protected override IReadOnlyList<string> Marks { get; } = ["Wolkenstein", "QX-4711-08", "ACC774411", "Zettelmann", "19510317"];

    private protected virtual RetrievalMode Retrieval => RetrievalMode.Get;

    public override Task InitializeAsync()
    {
        Skip.If(pacs.Absent is not null, pacs.Absent);
        return base.InitializeAsync();
    }

    protected override (byte[] Content, string MediaType) NewObject(int number) => (ContractPacs.NewImage(number), "application/dicom");

    /// <summary>Objects may be stored into the PACS by several at once.</summary>
    private protected virtual bool TakesManyAtOnce => true;

    protected override ValueTask<IStorageBackend> OpenAsync() => new(pacs.Open(Retrieval, TakesManyAtOnce));
}

public sealed class DemoPacsContractTests(ContractDemoPacs pacs) : DicomBackendContract<ContractDemoPacs>(pacs);

public sealed class OrthancContractTests(ContractOrthanc pacs) : DicomBackendContract<ContractOrthanc>(pacs);

public sealed class DcmqrscpContractTests(ContractDcmqrscp pacs) : DicomBackendContract<ContractDcmqrscp>(pacs)
{
    // A process for each association, and one index file for all of them: of what comes at once it now and then refuses an object, or loses it. One after the other is in StoringTests.
    private protected override bool TakesManyAtOnce => false;
}

public sealed class DemoPacsByMoveContractTests(ContractDemoPacs pacs) : DicomBackendContract<ContractDemoPacs>(pacs)
{
    private protected override RetrievalMode Retrieval => RetrievalMode.Move;
}

public sealed class OrthancByMoveContractTests(ContractOrthanc pacs) : DicomBackendContract<ContractOrthanc>(pacs)
{
    private protected override RetrievalMode Retrieval => RetrievalMode.Move;
}

public sealed class DcmqrscpByMoveContractTests(ContractDcmqrscp pacs) : DicomBackendContract<ContractDcmqrscp>(pacs)
{
    private protected override RetrievalMode Retrieval => RetrievalMode.Move;
}
