using Mdm.Abstractions;
using Mdm.Host.Srm;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Srm;

public class SrmStatusTests
{
    public static TheoryData<MdmErrorKind> Kinds { get; } = new(Enum.GetValues<MdmErrorKind>());

    [Theory]
    [InlineData(MdmErrorKind.NotFound, StatusCode.InvalidPath)]
    [InlineData(MdmErrorKind.InvalidName, StatusCode.InvalidPath)]
    [InlineData(MdmErrorKind.NotADirectory, StatusCode.InvalidPath)]
    [InlineData(MdmErrorKind.AlreadyExists, StatusCode.DuplicationError)]
    [InlineData(MdmErrorKind.AccessDenied, StatusCode.AuthorizationFailure)]
    [InlineData(MdmErrorKind.DirectoryNotEmpty, StatusCode.NonEmptyDirectory)]
    [InlineData(MdmErrorKind.Unsupported, StatusCode.NotSupported)]
    [InlineData(MdmErrorKind.IsADirectory, StatusCode.CustomStatus)]
    [InlineData(MdmErrorKind.Refused, StatusCode.Failure)]
    [InlineData(MdmErrorKind.Corrupt, StatusCode.Failure)]
    [InlineData(MdmErrorKind.Busy, StatusCode.FileBusy)]
    [InlineData(MdmErrorKind.Unavailable, StatusCode.FileUnavailable)]
    public void Each_kind_has_its_code(MdmErrorKind kind, StatusCode code)
    {
        var status = SrmStatus.OfFile(new MdmException(kind, "why, in words"));

        status.Should().Be(new ReturnStatus(code, "why, in words"));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Clients_are_told_to_try_again_exactly_when_it_makes_sense(MdmErrorKind kind)
    {
        var error = new MdmException(kind, "x");

        (SrmStatus.OfRequest(error).StatusCode == StatusCode.InternalError).Should().Be(error.IsTransient);
        SrmStatus.OfFile(kind).Should().NotBe(StatusCode.InternalError, "for a file, clients would repeat until they time out");
    }

    [Theory, MemberData(nameof(Kinds))]
    public void No_error_looks_like_success_or_like_waiting(MdmErrorKind kind)
    {
        foreach (var code in (StatusCode[])[SrmStatus.OfFile(kind), SrmStatus.OfRequest(kind)])
        {
            SrmStatus.IsGood(code).Should().BeFalse();
            SrmStatus.IsPending(code).Should().BeFalse();
        }
    }

    [Theory]
    [InlineData(StatusCode.Success, StatusCode.Success)]
    [InlineData(StatusCode.Success, StatusCode.FilePinned)]
    [InlineData(StatusCode.Success, StatusCode.SpaceAvailable, StatusCode.Success)]
    [InlineData(StatusCode.Success, StatusCode.Released)]
    [InlineData(StatusCode.Failure, StatusCode.InvalidPath)]
    [InlineData(StatusCode.Failure, StatusCode.InvalidPath, StatusCode.InvalidPath)]
    [InlineData(StatusCode.Failure, StatusCode.InvalidPath, StatusCode.Aborted)]
    [InlineData(StatusCode.PartialSuccess, StatusCode.Success, StatusCode.InvalidPath)]
    [InlineData(StatusCode.PartialSuccess, StatusCode.FilePinned, StatusCode.Aborted)]
    [InlineData(StatusCode.Aborted, StatusCode.Aborted, StatusCode.Aborted)]
    [InlineData(StatusCode.RequestQueued, StatusCode.RequestQueued, StatusCode.RequestQueued)]
    [InlineData(StatusCode.RequestInProgress, StatusCode.RequestQueued, StatusCode.RequestInProgress)]
    [InlineData(StatusCode.RequestInProgress, StatusCode.RequestQueued, StatusCode.FilePinned)]
    [InlineData(StatusCode.RequestInProgress, StatusCode.RequestInProgress, StatusCode.InvalidPath)]
    public void A_request_is_what_its_files_are(StatusCode request, params StatusCode[] files) =>
        SrmStatus.Aggregate(files.Select(code => new ReturnStatus(code))).StatusCode.Should().Be(request);

    [Fact]
    public void The_request_explains_why_because_users_see_little_else()
    {
        var bad = new ReturnStatus(StatusCode.InvalidPath, "there is no /x");

        SrmStatus.Aggregate([bad]).Explanation.Should().Be("there is no /x");
        SrmStatus.Aggregate([SrmStatus.Success, bad, bad]).Explanation.Should().Be("2 of 3 files failed; the first: there is no /x");
        SrmStatus.Aggregate([SrmStatus.Success]).Explanation.Should().BeNull();
    }
}
